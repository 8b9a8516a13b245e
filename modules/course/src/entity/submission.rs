//! An answer with its grade.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub exercise_id: Uuid,
    pub lesson_id: Uuid,
    pub course_id: Uuid,
    pub number: i64,
    pub learner_id: Uuid,
    pub attempt: i32,
    pub answer: String,
    pub score: i32,
    pub max_score: i32,
    pub percent: i32,
    pub passed: bool,
    pub practice: bool,
    pub counts: bool,
    pub attempt_percent: i32,
    pub feedback: String,
    pub created_at: DateTimeUtc,
    pub state: String,
    pub graded_at: Option<DateTimeUtc>,
    pub criteria: Option<String>,
    pub comment: Option<String>,
    pub graded_by: Option<Uuid>,
    pub claimed_by: Option<Uuid>,
    pub claimed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
