//! Pieces of work that go on over several transactions and modules.

use sea_orm::entity::prelude::*;

/// One piece of work and how far it has come.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saga")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub subject: Uuid,
    pub state: String,
    pub step: String,
    pub data: String,
    pub attempts: i32,
    pub deadline: Option<DateTimeUtc>,
    pub available_at: DateTimeUtc,
    pub error: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
