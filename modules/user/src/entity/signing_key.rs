//! The keys that sign tokens and credentials; the private part rests encrypted.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    /// What it signs: `token` or `credential`.
    pub purpose: String,
    pub sealed_private_key: String,
    pub public_x: String,
    pub created_at: DateTimeUtc,
    pub activates_at: DateTimeUtc,
    pub retires_at: Option<DateTimeUtc>,
    pub removed_at: Option<DateTimeUtc>,
    pub revoked: bool,
}

impl ActiveModelBehavior for ActiveModel {}
