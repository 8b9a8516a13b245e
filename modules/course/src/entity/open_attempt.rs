//! An attempt at an exercise that a learner has begun and not handed in.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "open_attempt")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub exercise_id: Uuid,
    pub course_id: Uuid,
    pub number: i64,
    pub attempt: i32,
    pub started_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
    pub answer: Option<String>,
    pub saved_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
