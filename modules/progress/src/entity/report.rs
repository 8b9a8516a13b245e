//! A report that somebody has requested.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub course_id: Uuid,
    pub kind: String,
    pub format: String,
    pub from_day: Option<Date>,
    pub to_day: Option<Date>,
    pub cohort_id: Option<Uuid>,
    pub state: String,
    pub failure: Option<String>,
    /// How often it was begun.
    pub attempts: i32,
    /// How often that was because a learner of the course was erased.
    pub restarts: i32,
    pub rows_done: i64,
    pub rows_estimated: i64,
    pub bytes: i64,
    pub requested_by: Uuid,
    pub requested_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
