//! What is asked of gradebooks.

use kernel::{CohortId, ExerciseId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GradesFilter {
    /// Only members of this cohort of the course.
    #[param(required = false)]
    #[serde(default)]
    pub(crate) cohort: Option<CohortId>,
}

/// How a course is graded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "categories": [
    { "name": "Exercises", "weight": 100, "drop_lowest": 1, "exercises": ["01940000-0000-7000-8000-000000020101"] }
] }))]
pub(crate) struct ReplaceGradebookSettings {
    /// Their weights add up to 100. An exercise is in one category at most, and in none it does not count.
    #[schema(min_items = 1, max_items = 20)]
    pub(crate) categories: Vec<SetCategory>,
    /// Whether an exercise that was not answered counts with no points; otherwise it does not count yet.
    #[serde(default)]
    pub(crate) missing_as_zero: bool,
}

/// Exercises that are graded together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradebookCategorySettings)]
pub(crate) struct SetCategory {
    #[schema(
        min_length = 1,
        max_length = 100,
        format = "line",
        example = "Exercises"
    )]
    pub(crate) name: String,
    /// Its share of the total, in percent.
    #[schema(minimum = 1, maximum = 100, example = 100)]
    pub(crate) weight: i32,
    /// How many of the worst exercises do not count; the last one always does.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100, example = 1)]
    pub(crate) drop_lowest: i32,
    /// Exercises of the newest version.
    #[schema(min_items = 1, max_items = 1500)]
    pub(crate) exercises: Vec<ExerciseId>,
}

/// A grade that takes the place of the best answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "score": 1, "reason": "The keyboard failed." }))]
pub(crate) struct OverrideGrade {
    /// Points, at most those of the exercise.
    #[schema(minimum = 0, maximum = 1000000)]
    pub(crate) score: i32,
    /// Why, for the learner.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteReason {
    /// Why the best answer counts again, for the learner.
    #[param(min_length = 1, max_length = 500, example = "It was a mistake.")]
    pub(crate) reason: String,
}
