//! What is answered to exercises, whose answers are wanted, and how they are graded.

use contracts::course_ref::CourseRef;
use kernel::{ExerciseId, UserId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::{Answer, SubmissionState, schema};

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
    /// The number of the attempt, as `attempt` of `GET /exercises/{exercise}` has it; required where the task
    /// changes with each attempt.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000000)]
    pub(crate) attempt: Option<i32>,
}

/// What an attempt answers.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadAttempt {
    /// The published version; when absent, the one in which you are enrolled, or else the newest.
    #[param(required = false, nullable = false, minimum = 1, maximum = 1000000)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
}

/// What was answered so far.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "answer": { "kind": "ordering", "order": [] } }))]
pub(crate) struct SaveAttempt {
    /// The answer, which need not be complete.
    pub(crate) answer: Answer,
}

/// Whose submissions to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListExerciseSubmissions {
    /// One learner's answers, for the staff; learners always get their own.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) learner: Option<UserId>,
}

/// Which submissions to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSubmissions {
    /// `queued` for those that wait to be graded, the oldest first; `graded` for the others.
    #[param(inline, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) state: Option<SubmissionState>,
    /// Those of one course, by its id or slug.
    #[param(inline, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) course: Option<CourseRef>,
    /// Those to one exercise.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) exercise: Option<ExerciseId>,
    /// Those of one learner.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) learner: Option<UserId>,
}

/// How a submission is read.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadSubmission {
    /// `markdown` (the default), or `html`: explanation and comment also as sanitized HTML, in the fields whose names
    /// end with `_html`.
    #[param(
        max_length = 10,
        pattern = "^(markdown|html)$",
        required = false,
        nullable = false
    )]
    #[serde(default)]
    pub(crate) format: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadMistakes {
    /// Only answers to this version.
    #[param(minimum = 1, maximum = 1000000, required = false)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
}

/// The grade of an answer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "score": 8, "comment": "Well argued; an example would make it complete." }))]
pub(crate) struct GradeSubmission {
    /// The points, up to those of the exercise; absent where the exercise has a rubric.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 1000)]
    pub(crate) score: Option<i32>,
    /// The points for each criterion of the rubric, in its order.
    #[serde(default)]
    #[schema(schema_with = schema::criteria, required = false)]
    pub(crate) criteria: Option<Vec<i32>>,
    /// What the learner is told, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 10000)]
    pub(crate) comment: Option<String>,
}
