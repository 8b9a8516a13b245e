//! Projection: one row per enrollment and exercise that was answered.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exercise_progress")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub enrollment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub exercise_id: Uuid,
    pub best_score: i32,
    pub max_score: i32,
    pub credit: i32,
    pub passed: bool,
    pub perfect: bool,
    pub attempts: i32,
    pub awaiting: i32,
    pub first_attempt: i32,
    pub first_score: i32,
    pub first_max: i32,
    pub first_passed: bool,
}

impl ActiveModelBehavior for ActiveModel {}
