//! What was requested of the learners of a course.

use kernel::CourseId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::UpgradeMode;

/// That learners of a course may or have to move to its newest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseUpgrade {
    /// The course.
    pub(crate) course_id: CourseId,
    /// Whether they may or have to move.
    pub(crate) mode: UpgradeMode,
    /// The version of those whom it concerns; absent when it is all who are on an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) from_version: Option<i64>,
    /// The newest version.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// How many learners it concerns.
    #[schema(minimum = 0)]
    pub(crate) learners: i64,
}
