//! What is asked of the learners of a course.

use chrono::{DateTime, Utc};
use kernel::{CohortId, CourseId};
use serde::Deserialize;
use utoipa::ToSchema;

/// Who is to be enrolled in a course: a list of names, or a table with such a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "course_id": "01940000-0000-7000-8000-000000000001",
    "learners": ["learner", "nobody@example.org"],
    "dry_run": true,
}))]
pub(crate) struct EnrollLearners {
    pub(crate) course_id: CourseId,
    /// Users by id, username, or verified email address.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    #[schema(min_length = 1, max_length = 320)]
    pub(crate) learners: Vec<String>,
    /// The same as CSV (RFC 4180), with a heading whose column `learner` counts, or else the first one; at most 100
    /// rows.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 65536)]
    pub(crate) csv: Option<String>,
    /// The cohort of the course into which all of them are put, those too who are enrolled already; whoever waits for a
    /// seat is not.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) cohort_id: Option<CohortId>,
    /// Whether to check only, without enrolling anybody.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// For how long a learner may learn in a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "access_until": "2027-03-31T22:00:00Z" }))]
pub(crate) struct ReplaceLearnerAccess {
    /// Until when; absent: without an end.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) access_until: Option<DateTime<Utc>>,
}
