//! What a regrade changes of an answer.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "regraded_submission")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub regrade_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: Uuid,
    pub learner_id: Uuid,
    pub attempt: i32,
    pub old_score: i32,
    pub score: i32,
    pub old_percent: i32,
    pub percent: i32,
    pub old_passed: bool,
    pub passed: bool,
    pub state: String,
}

impl ActiveModelBehavior for ActiveModel {}
