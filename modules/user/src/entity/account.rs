//! One row per account.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub username: String,
    pub username_folded: String,
    pub email: String,
    pub email_folded: String,
    pub email_verified_at: Option<DateTimeUtc>,
    pub owner_shown_at: Option<DateTimeUtc>,
    pub display_name: String,
    pub bio: String,
    pub avatar_url: Option<String>,
    pub locale: String,
    pub time_zone: String,
    pub visibility: String,
    pub roles: String,
    pub disabled: bool,
    pub reset_required: bool,
    pub deletion_scheduled_at: Option<DateTimeUtc>,
    pub erased_at: Option<DateTimeUtc>,
    pub rights_changed_at: DateTimeUtc,
    pub password_hash: String,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
