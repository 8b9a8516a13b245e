//! Projection: one row per learner and course.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "enrollment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub learner_id: Uuid,
    pub course_id: Uuid,
    pub version: i64,
    pub title: String,
    pub status: String,
    pub progress: String,
    pub done: i32,
    pub total: i32,
    pub points: i64,
    pub revision: i64,
    pub enrolled_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
    pub last_activity_at: DateTimeUtc,
    pub score_percent: Option<i32>,
    pub days_to_complete: Option<i32>,
    pub furthest_lesson: Option<Uuid>,
    pub risk_low_at: Option<DateTimeUtc>,
    pub risk_high_at: Option<DateTimeUtc>,
    pub access_until: Option<DateTimeUtc>,
    /// Of which end of access the learner was told before; no projection of the log.
    pub reminded_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
