//! Grades that were received before their learner enrolled.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "pending_grade")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    pub course_id: Uuid,
    pub exercise_id: Uuid,
    pub version: i64,
    #[serde(serialize_with = "database::json_text")]
    pub grade: String,
    pub graded_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
