//! Enrolments as their learner sees them.

use chrono::{DateTime, Utc};
use kernel::{CourseId, EnrollmentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::enrollments::Enrollment;

/// Whether the learner is in the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EnrollmentStatus {
    Active,
    Left,
}

impl EnrollmentStatus {
    pub(crate) fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Left }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Left => "left",
        }
    }
}

/// How far somebody has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProgressStatus {
    NotStarted,
    InProgress,
    Completed,
}

impl ProgressStatus {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
        }
    }

    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "completed" => Self::Completed,
            "in_progress" => Self::InProgress,
            _ => Self::NotStarted,
        }
    }
}

/// An enrolment and its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EnrollmentView {
    pub(crate) id: EnrollmentId,
    pub(crate) course_id: CourseId,
    /// The course's word in addresses.
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
    /// How many facts are recorded: the progress version, and the ETag of the enrolment.
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
