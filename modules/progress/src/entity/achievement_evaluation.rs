//! That learners are given an achievement for what they did before.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "achievement_evaluation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub achievement_id: Uuid,
    pub requested_at: DateTimeUtc,
    /// When its last turn began; when it was requested before the first one.
    pub tried_at: DateTimeUtc,
    /// The last learner who was looked at.
    pub after: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
