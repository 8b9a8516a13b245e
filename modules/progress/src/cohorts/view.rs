//! Cohorts as they are shown.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CohortId, CourseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::Cohort;

/// A cohort of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CohortView {
    pub(crate) id: CohortId,
    pub(crate) course_id: CourseId,
    #[schema(max_length = 100, example = "Autumn 2026")]
    pub(crate) name: String,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) starts_on: Option<NaiveDate>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) ends_on: Option<NaiveDate>,
    /// How many learners are in it.
    #[schema(minimum = 0, maximum = 1000, example = 1)]
    pub(crate) members: u64,
    /// Changes with its name and its days, for `If-Match`.
    #[schema(minimum = 1, maximum = 1000000000000i64, example = 1)]
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
}

impl CohortView {
    pub(super) fn of(cohort: Cohort, members: u64) -> Self {
        Self {
            id: cohort.id,
            course_id: cohort.course,
            name: cohort.name,
            starts_on: cohort.starts_on,
            ends_on: cohort.ends_on,
            members,
            version: cohort.revision,
            created_at: cohort.created_at,
        }
    }
}

/// A member of a cohort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CohortMember {
    pub(crate) learner_id: UserId,
    /// Absent as long as nothing is known of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200, example = "Ada")]
    pub(crate) display_name: Option<String>,
    pub(crate) added_at: DateTime<Utc>,
}

/// The result for each name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CohortBatch {
    pub(crate) cohort_id: CohortId,
    /// One for each name in `add`, in their order.
    #[schema(max_items = 100)]
    pub(crate) add: Vec<MemberResult>,
    /// One for each name in `remove`, in their order.
    #[schema(max_items = 100)]
    pub(crate) remove: Vec<MemberResult>,
}

/// The result for a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortMemberResult)]
pub(crate) struct MemberResult {
    /// The name as it was sent.
    #[schema(max_length = 320, example = "ada")]
    pub(crate) learner: String,
    /// Whom it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) learner_id: Option<UserId>,
    pub(crate) outcome: MemberOutcome,
    /// Why it was refused: the code of a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub(crate) code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub(crate) detail: Option<String>,
}

/// What has become of somebody who was to come into a cohort or to go out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CohortMemberOutcome)]
pub(crate) enum MemberOutcome {
    /// They are now in the cohort.
    Added,
    /// They are now in the cohort, and no longer in another one of the course.
    Moved,
    /// They were already in the cohort.
    AlreadyMember,
    /// They are no longer in the cohort.
    Removed,
    /// They were not in the cohort.
    NotMember,
    /// They are not enrolled in the course.
    NotEnrolled,
    /// The name is that of no active user.
    NotFound,
    /// They cannot be added; the code says why.
    Refused,
}
