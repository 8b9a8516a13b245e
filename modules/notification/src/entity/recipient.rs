//! How to reach a user, as the user module said it last.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "recipient")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub display_name: String,
    pub email: String,
    pub email_verified: bool,
    pub locale: String,
    pub time_zone: String,
    pub updated_at: DateTimeUtc,
    pub user_sequence: i64,
}

impl ActiveModelBehavior for ActiveModel {}
