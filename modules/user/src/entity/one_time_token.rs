//! Secrets that work once, such as the link of a password reset; kept as hashes.

use sea_orm::entity::prelude::*;

use crate::domain::Purpose;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_token")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub purpose: Purpose,
    pub user_id: Option<Uuid>,
    pub requested_by: Option<Uuid>,
    pub email: String,
    pub token_hash: Vec<u8>,
    /// The secret of a token from before the master key was replaced; that of others is derived.
    pub sealed_secret: Option<String>,
    pub data: Option<String>,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
