//! Grades as they are shown.

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::overrides::OverrideRecord;
use crate::domain::Grading;

/// How a course is graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct GradebookSettings {
    pub(crate) course_id: CourseId,
    /// Whether anybody has set it; otherwise all exercises are one category.
    pub(crate) configured: bool,
    #[schema(max_items = 20)]
    pub(crate) categories: Vec<GradebookCategory>,
    /// Whether an exercise that was not answered counts with no points; otherwise it does not count yet.
    pub(crate) missing_as_zero: bool,
}

/// Exercises that are graded together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct GradebookCategory {
    #[schema(max_length = 100, example = "Exercises")]
    pub(crate) name: String,
    #[schema(minimum = 1, maximum = 100, example = 100)]
    pub(crate) weight: i32,
    #[schema(minimum = 0, maximum = 100, example = 0)]
    pub(crate) drop_lowest: i32,
    #[schema(max_items = 1500)]
    pub(crate) exercises: Vec<ExerciseId>,
}

impl GradebookSettings {
    pub(super) fn of(course_id: CourseId, configured: bool, grading: Grading) -> Self {
        let categories = grading.categories.into_iter();
        Self {
            course_id,
            configured,
            categories: categories
                .map(|category| GradebookCategory {
                    name: category.name,
                    weight: category.weight,
                    drop_lowest: category.drop_lowest,
                    exercises: category.exercises,
                })
                .collect(),
            missing_as_zero: grading.missing_as_zero,
        }
    }
}

/// The grades of a learner in a course.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseGrades {
    pub(crate) learner_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200, example = "Ada")]
    pub(crate) display_name: Option<String>,
    /// The version that the learner is on; its exercises count.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) course_version: i64,
    /// The mean of the categories by their weights, to the hundredth; absent while nothing counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, example = 87.5)]
    pub(crate) total_percent: Option<f64>,
    #[schema(max_items = 20)]
    pub(crate) categories: Vec<CategoryGrades>,
}

/// The grades of a category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CategoryGrades {
    #[schema(max_length = 100, example = "Exercises")]
    pub(crate) name: String,
    #[schema(minimum = 1, maximum = 100, example = 100)]
    pub(crate) weight: i32,
    /// The mean of the exercises that count, to the hundredth; absent while none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, example = 87.5)]
    pub(crate) percent: Option<f64>,
    /// Those of the version of the learner.
    #[schema(max_items = 1500)]
    pub(crate) exercises: Vec<ExerciseGrade>,
}

/// The grade of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExerciseGrade {
    pub(crate) exercise_id: ExerciseId,
    /// What counts; absent without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1000000, example = 8)]
    pub(crate) score: Option<i32>,
    #[schema(minimum = 0, maximum = 1000000, example = 10)]
    pub(crate) max_score: i32,
    /// Whether the staff has set it.
    pub(crate) overridden: bool,
    /// Whether it does not count because it is one of the worst.
    pub(crate) dropped: bool,
}

/// The grades of a learner, and what the staff has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LearnerGrades {
    pub(crate) grades: CourseGrades,
    /// The newest 200, the last one first.
    #[schema(max_items = 200)]
    pub(crate) changes: Vec<GradeChange>,
}

/// A change of a grade by the staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct GradeChange {
    pub(crate) exercise_id: ExerciseId,
    /// What the staff had set before; absent when it was the best answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1000000, example = 4)]
    pub(crate) from_score: Option<i32>,
    /// What the staff has set; absent when it is the best answer again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1000000, example = 8)]
    pub(crate) score: Option<i32>,
    #[schema(minimum = 0, maximum = 1000000, example = 10)]
    pub(crate) max_score: i32,
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    /// Who; absent when their account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) changed_by: Option<UserId>,
    pub(crate) changed_at: DateTime<Utc>,
}

impl From<OverrideRecord> for GradeChange {
    fn from(change: OverrideRecord) -> Self {
        Self {
            exercise_id: change.exercise,
            from_score: change.from_score,
            score: change.score,
            max_score: change.max_score,
            reason: change.reason,
            changed_by: change.changed_by,
            changed_at: change.changed_at,
        }
    }
}
