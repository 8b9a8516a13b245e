//! What is asked of published versions.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// The notes of a new version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "change_notes": "A new lesson on pointers." }))]
pub(crate) struct PublishCourse {
    /// What is new, for learners of the course.
    #[serde(default)]
    #[schema(max_length = 5000)]
    pub(crate) change_notes: String,
}

/// When the draft is published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "publish_at": "2027-03-01T08:00:00Z", "change_notes": "A new lesson on pointers." }))]
pub(crate) struct ScheduleCourse {
    /// The time, within a year.
    pub(crate) publish_at: DateTime<Utc>,
    /// What is new, for learners of the course.
    #[serde(default)]
    #[schema(max_length = 5000)]
    pub(crate) change_notes: String,
}

/// Which edition of a course is read: when nothing is said, the version that the caller is enrolled in, or else
/// the newest published one.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EditionQuery {
    /// A published version, by its number. Absent: the version in which you are enrolled, or else the newest.
    #[param(minimum = 1, maximum = 1_000_000, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
    /// The draft, for the staff of the course.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) draft: Option<bool>,
}
