//! What is asked of waiting lists.

use kernel::CourseId;
use serde::Deserialize;
use utoipa::ToSchema;

/// The course to wait for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"course_id": "01940000-0000-7000-8000-000000000001"}))]
pub(crate) struct JoinWaitingList {
    pub(crate) course_id: CourseId,
    /// The code of an invitation, for a course that takes in only those who were invited.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub(crate) invitation_code: Option<String>,
}
