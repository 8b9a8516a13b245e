//! A certificate: that a learner has completed a course, as it was then.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub enrollment_id: Uuid,
    pub learner_id: Uuid,
    pub course_id: Uuid,
    pub version: i64,
    pub title: String,
    /// The name of the learner; absent until it is known.
    pub name: Option<String>,
    /// The day of completion in the time zone of the learner.
    pub completed_on: Date,
    pub issued_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub revocation_reason: Option<String>,
    /// Who revoked it, which is theirs and not the learner's to export.
    #[serde(skip)]
    pub revoked_by: Option<Uuid>,
    pub expires_at: Option<DateTimeUtc>,
    /// Whether anybody who has its number can check it.
    pub public: bool,
    /// Whether the learner was told that it expires.
    pub reminded: bool,
}

impl ActiveModelBehavior for ActiveModel {}
