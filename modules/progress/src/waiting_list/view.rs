//! Waiting lists as they are shown.

use chrono::{DateTime, Utc};
use kernel::{CourseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::seats::waiting::WaitingRecord;

/// That a learner waits for a seat in a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WaitingListEntry {
    pub(crate) course_id: CourseId,
    #[schema(max_length = 200)]
    pub(crate) course_title: String,
    /// The place in the waiting list: 1 gets the next free seat.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) position: i64,
    pub(crate) joined_at: DateTime<Utc>,
}

impl WaitingListEntry {
    pub(super) fn of((record, position): (WaitingRecord, i64)) -> Self {
        Self {
            course_id: record.course,
            course_title: record.title,
            position,
            joined_at: record.joined_at,
        }
    }
}

/// An entry, and whether this request made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Joined {
    pub(crate) entry: WaitingListEntry,
    pub(crate) created: bool,
}

/// A learner who waits for a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WaitingLearner {
    pub(crate) learner_id: UserId,
    /// Absent until the user's profile is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200, example = "Ada")]
    pub(crate) display_name: Option<String>,
    pub(crate) joined_at: DateTime<Utc>,
}
