//! What has become of those who were to be enrolled.

use chrono::{DateTime, Utc};
use kernel::{CourseId, EnrollmentId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::EnrollmentStatus;

/// The result for each name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EnrollmentBatch {
    pub(crate) course_id: CourseId,
    /// Whether nothing was changed.
    pub(crate) dry_run: bool,
    /// One for each name, in their order.
    #[schema(max_items = 100)]
    pub(crate) results: Vec<EnrollmentResult>,
}

/// The result for a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EnrollmentResult {
    /// The place of the name in the list, or the row below the heading, beginning with 1.
    #[schema(minimum = 1, maximum = 65536, example = 1)]
    pub(crate) row: usize,
    /// The name as it was sent.
    #[schema(max_length = 320, example = "ada")]
    pub(crate) learner: String,
    /// Whom it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) learner_id: Option<UserId>,
    pub(crate) outcome: EnrollmentOutcome,
    /// Why it was refused, or why somebody who is enrolled was not put into the cohort: the code of a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub(crate) code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub(crate) detail: Option<String>,
}

/// The result of enrolling somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EnrollmentOutcome {
    /// They are now enrolled.
    Enrolled,
    /// They were already enrolled.
    AlreadyEnrolled,
    /// There is no seat for them, and they are on the waiting list.
    Waiting,
    /// The name is that of no active user.
    NotFound,
    /// They cannot be enrolled; the code says why.
    Refused,
}

/// For how long a learner may learn in a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LearnerAccess {
    pub(crate) learner_id: UserId,
    pub(crate) course_id: CourseId,
    pub(crate) enrollment_id: EnrollmentId,
    pub(crate) status: EnrollmentStatus,
    /// Until when; absent when it is without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) access_until: Option<DateTime<Utc>>,
}
