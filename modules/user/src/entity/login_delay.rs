//! Failed tries per lane, and how long the next one must wait.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_delay")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_key: String,
    pub failures: i64,
    pub not_before: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
