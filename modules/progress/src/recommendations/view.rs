//! Recommendations as they are answered.

use kernel::{CourseId, ExerciseId, LessonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to do next, the most urgent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RecommendationList)]
pub(crate) struct Recommendations {
    #[schema(max_items = 20)]
    pub(crate) items: Vec<Recommendation>,
}

/// Something to do next, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Recommendation {
    #[schema(inline)]
    pub(crate) reason: Reason,
    /// The reason in words.
    #[schema(
        max_length = 1000,
        example = "Continue where you left off: “Loops” is 60% complete."
    )]
    pub(crate) text: String,
    pub(crate) course_id: CourseId,
    #[schema(max_length = 200)]
    pub(crate) course_title: String,
    /// The lesson to open; absent where it is a course to enroll in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) lesson_id: Option<LessonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) lesson_title: Option<String>,
    /// How far the lesson is read: where to resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, example = 60)]
    pub(crate) percent: Option<i32>,
    /// The exercise to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) exercise_id: Option<ExerciseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) exercise_title: Option<String>,
}

/// Why something is recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// The streak ends today unless something is learned.
    StreakEnds,
    /// A lesson was begun.
    ContinueLesson,
    /// A course has an open lesson.
    NextLesson,
    /// An exercise was answered and not passed.
    RetryExercise,
    /// A course follows on one that is completed.
    FollowUpCourse,
}
