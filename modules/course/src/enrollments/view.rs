//! Who takes a course on which version.

use kernel::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A learner of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseEnrollment {
    /// The learner.
    pub(crate) learner_id: UserId,
    /// Their display name; absent when it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) display_name: Option<String>,
    /// The version that they are on.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}
