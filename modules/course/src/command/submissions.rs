//! What is answered to exercises.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::question::Answer;

/// An answer to an exercise.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "answer": { "kind": "ordering", "order": [] } }))]
pub(crate) struct SubmitAnswer {
    /// The answer; its kind is that of the task.
    pub(crate) answer: Answer,
    /// The published version that is answered; the newest when absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000000)]
    pub(crate) version: Option<i64>,
}
