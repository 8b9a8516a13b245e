//! The requests about enrollments.

use kernel::CourseId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::EnrollmentStatus;

/// The course to enroll in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"course_id": "01940000-0000-7000-8000-000000000001"}))]
pub(crate) struct Enroll {
    pub(crate) course_id: CourseId,
    /// The code of an invitation, for a course that takes in only those who were invited.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub(crate) invitation_code: Option<String>,
}

/// The version to move to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "version": 1 }))]
pub(crate) struct UpgradeEnrollment {
    /// The newest version, as the preview shows it.
    #[schema(minimum = 1, maximum = 1000000)]
    pub(crate) version: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EnrollmentFilter {
    /// Only enrollments that are active, that were left, or that the staff has ended.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) status: Option<EnrollmentStatus>,
}
