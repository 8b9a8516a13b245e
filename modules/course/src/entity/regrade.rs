//! Grading the answers to an exercise again.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "regrade")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub course_id: Uuid,
    pub exercise_id: Uuid,
    /// The version whose correct answers are taken.
    pub number: i64,
    pub reason: String,
    pub state: String,
    pub checked: i32,
    pub not_applicable: i32,
    pub lower: i32,
    pub raised: i32,
    pub passed: i32,
    pub applied: i32,
    pub skipped: i32,
    /// Absent when their account is gone.
    pub requested_by: Option<Uuid>,
    pub requested_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    /// The last answer that was checked.
    pub after_at: Option<DateTimeUtc>,
    pub after_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
