//! The steps of sagas that are done.

use sea_orm::entity::prelude::*;

/// One step and what it gave.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saga_step")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub saga_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub step: String,
    pub result: String,
    pub done_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
