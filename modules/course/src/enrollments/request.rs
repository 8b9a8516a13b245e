//! What is asked of enrollments.

use serde::Deserialize;
use utoipa::IntoParams;

/// Which learners of a course to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListCourseEnrollments {
    /// Only those who are on this version.
    #[param(minimum = 1, maximum = 1_000_000, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
}
