//! Grades that the staff of a course has set, and each change of one; rows are only ever added.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "grade_override")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub course_id: Uuid,
    pub learner_id: Uuid,
    pub exercise_id: Uuid,
    /// The number of the change of this grade, from 1.
    pub number: i32,
    /// What held before; absent when it was the best answer.
    pub from_score: Option<i32>,
    /// What holds from then on; absent when it is the best answer again.
    pub score: Option<i32>,
    pub max_score: i32,
    pub reason: String,
    /// Who of the staff; absent when their account is gone.
    pub changed_by: Option<Uuid>,
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
