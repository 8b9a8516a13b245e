//! Who may run a background task at present.

use sea_orm::entity::prelude::*;

/// One task.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lease")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub holder: Uuid,
    pub fence: i64,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
