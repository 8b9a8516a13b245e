//! The append-only log: what learners did, in the order in which it was recorded.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub global_seq: i64,
    pub id: Uuid,
    /// The enrollment.
    pub stream: Uuid,
    /// The number of the fact within its stream: from 1, without a gap.
    pub version: i64,
    pub learner_id: Uuid,
    pub course_id: Uuid,
    pub kind: String,
    pub schema_version: i32,
    #[serde(serialize_with = "database::json_text")]
    pub payload: String,
    /// What the fact was made of, so that hearing it twice records it once.
    pub source: Option<String>,
    pub occurred_at: DateTimeUtc,
    /// When it was recorded, but not later than the request or event that it follows from.
    pub recorded_at: DateTimeUtc,
    /// The day of it in the time zone that the learner had then.
    pub day: Date,
    pub actor: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
