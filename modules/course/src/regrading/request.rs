//! What is asked of regrades.

use serde::Deserialize;
use utoipa::ToSchema;

/// Grading the answers to an exercise again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The key had the wrong option." }))]
pub(crate) struct CreateRegrade {
    /// Why, for the staff and for the learners whose answers get another grade.
    #[schema(min_length = 1, max_length = 300, format = "line")]
    pub(crate) reason: String,
}
