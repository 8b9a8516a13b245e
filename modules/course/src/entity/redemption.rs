//! That somebody was invited to a course; it outlives the invitation.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "redemption")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub invitation_id: Uuid,
    pub redeemed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
