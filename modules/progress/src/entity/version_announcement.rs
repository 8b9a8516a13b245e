//! A new version that the learners of a course are told of.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "version_announcement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    pub version: i64,
    pub title: String,
    pub change_notes: String,
    /// When the next learners are told; nothing when all have been.
    pub due_at: Option<DateTimeUtc>,
    /// The last enrollment whose learner has been told.
    pub after: Option<Uuid>,
    pub announced_at: Option<DateTimeUtc>,
    /// The version of those who are told; absent when it is everybody on an earlier one.
    pub from_version: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
