//! The content of assets that lies in the asset store.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blob")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    pub bytes: i32,
    /// When somebody last began to store it.
    pub stored_at: DateTimeUtc,
    /// How many requests have begun to store it, and may still name it.
    pub pending: i32,
    /// Since when it is being deleted from the store.
    pub going_since: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
