//! Learners as those who teach them see them.

use chrono::{DateTime, Utc};
use kernel::{EnrollmentId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::LearnerRecord;
use crate::domain::{EnrollmentStatus, ProgressStatus, Risk};
use crate::enrollment::{EnrollmentView, percent};
use crate::overview::TotalsView;

/// A learner in a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseLearner {
    pub(crate) learner_id: UserId,
    /// Absent as long as nothing is known of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200, example = "Ada")]
    pub(crate) display_name: Option<String>,
    pub(crate) enrollment_id: EnrollmentId,
    /// The published version that they are on.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) course_version: i64,
    pub(crate) status: EnrollmentStatus,
    pub(crate) progress: ProgressStatus,
    /// Completed lessons.
    #[schema(minimum = 0, maximum = 100000, example = 2)]
    pub(crate) done: i32,
    /// Lessons of their version.
    #[schema(minimum = 0, maximum = 100000, example = 5)]
    pub(crate) total: i32,
    /// The share of lessons that are completed, in whole percent, rounded down.
    #[schema(minimum = 0, maximum = 100, example = 40)]
    pub(crate) percent: i32,
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 60)]
    pub(crate) points: i64,
    /// The points of the best answers in percent of those of the answered exercises, rounded down; absent before the
    /// first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, example = 85)]
    pub(crate) score_percent: Option<i32>,
    pub(crate) risk: Risk,
    pub(crate) enrolled_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: DateTime<Utc>,
}

impl CourseLearner {
    pub(super) fn of(record: LearnerRecord, now: DateTime<Utc>) -> Self {
        Self {
            learner_id: record.learner,
            display_name: record.display_name,
            enrollment_id: record.enrollment,
            course_version: record.version,
            status: record.status,
            progress: record.progress,
            done: record.done,
            total: record.total,
            percent: percent(record.done, record.total),
            points: record.points,
            score_percent: record.score_percent,
            risk: Risk::at(record.risk, now),
            enrolled_at: record.enrolled_at,
            started_at: record.started_at,
            completed_at: record.completed_at,
            last_activity_at: record.last_activity_at,
        }
    }
}

/// What somebody who teaches a learner sees of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LearnerProgress {
    pub(crate) learner_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200, example = "Ada")]
    pub(crate) display_name: Option<String>,
    /// Over all courses; for administrators alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) totals: Option<TotalsView>,
    /// At most 50, the most recently active first.
    #[schema(max_items = 50)]
    pub(crate) enrollments: Vec<LearnerEnrollment>,
}

/// A course of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LearnerEnrollment {
    pub(crate) enrollment: EnrollmentView,
    /// The points of the best answers in percent of those of the answered exercises, rounded down; absent before the
    /// first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, example = 85)]
    pub(crate) score_percent: Option<i32>,
    pub(crate) risk: Risk,
}
