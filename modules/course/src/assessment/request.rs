//! What is answered to exercises, and whose answers are wanted.

use kernel::UserId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::Answer;

/// An answer to an exercise.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "answer": { "kind": "ordering", "order": [] } }))]
pub(crate) struct SubmitAnswer {
    /// The answer; its kind is that of the task.
    pub(crate) answer: Answer,
    /// The published version that is answered; when absent, the one in which you are enrolled, or else the newest.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000000)]
    pub(crate) version: Option<i64>,
}

/// Whose submissions to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSubmissions {
    /// One learner's answers, for the staff; learners always get their own.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) learner: Option<UserId>,
}
