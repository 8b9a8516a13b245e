//! Enrollments as their learner sees them.

use chrono::{DateTime, Utc};
use kernel::{CourseId, EnrollmentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Enrollment, EnrollmentStatus, ProgressStatus};

/// An enrollment with its progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EnrollmentView {
    pub(crate) id: EnrollmentId,
    pub(crate) course_id: CourseId,
    /// The present slug of the course, for URLs.
    #[schema(max_length = 80, example = "go-from-zero")]
    pub(crate) course_slug: String,
    #[schema(max_length = 200)]
    pub(crate) course_title: String,
    /// The published version that the learner stays on.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) course_version: i64,
    pub(crate) status: EnrollmentStatus,
    pub(crate) progress: ProgressStatus,
    /// Completed lessons.
    #[schema(minimum = 0, maximum = 100000, example = 2)]
    pub(crate) done: i32,
    /// Lessons of the learner's version.
    #[schema(minimum = 0, maximum = 100000, example = 5)]
    pub(crate) total: i32,
    /// The share of lessons that are completed, in whole percent, rounded down.
    #[schema(minimum = 0, maximum = 100, example = 40)]
    pub(crate) percent: i32,
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 60)]
    pub(crate) points: i64,
    /// The progress version, which `If-Match` takes too.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 7)]
    pub(crate) revision: i64,
    pub(crate) enrolled_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: DateTime<Utc>,
}

impl From<Enrollment> for EnrollmentView {
    fn from(row: Enrollment) -> Self {
        let percent = i64::from(row.done) * 100 / i64::from(row.total.max(1));
        Self {
            id: row.id,
            course_id: row.course,
            course_slug: row.slug,
            course_title: row.title,
            course_version: row.version,
            status: row.status,
            progress: row.progress,
            done: row.done,
            total: row.total,
            percent: i32::try_from(percent).unwrap_or(100),
            points: row.points,
            revision: row.revision,
            enrolled_at: row.enrolled_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            last_activity_at: row.last_activity_at,
        }
    }
}

/// An enrollment, and whether this request made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolled {
    pub(crate) enrollment: EnrollmentView,
    pub(crate) created: bool,
}
