//! What is asked of seats.

use serde::Deserialize;
use utoipa::ToSchema;

/// The enrollment settings of a course.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "seats": 30, "access_days": 90, "certificate_months": 24 }))]
pub(crate) struct ReplaceEnrollmentSettings {
    /// How many learners can be in the course at once; absent: any number.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub(crate) seats: Option<i32>,
    /// For how many days whoever enrolls from now on may learn in the course; absent: without an end.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 3650)]
    pub(crate) access_days: Option<i32>,
    /// For how many months the certificates that are issued from now on are valid; absent: without an end.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 240)]
    pub(crate) certificate_months: Option<i32>,
}
