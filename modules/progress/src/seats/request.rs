//! What is asked of seats.

use serde::Deserialize;
use utoipa::ToSchema;

/// The enrollment settings of a course.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "seats": 30 }))]
pub(crate) struct ReplaceEnrollmentSettings {
    /// How many learners can be in the course at once; absent: any number.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100000)]
    pub(crate) seats: Option<i32>,
}
