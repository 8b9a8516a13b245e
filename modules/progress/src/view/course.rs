//! Progress in one course, lesson by lesson.

use chrono::{DateTime, Utc};
use contracts::course::CompletionRule;
use kernel::{CourseId, EnrollmentId, ExerciseId, LessonId, SectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EnrollmentView, ProgressStatus};

/// An enrolment with each of its lessons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseProgress {
    pub(crate) enrollment: EnrollmentView,
    /// The lessons of the learner's version, in order.
    #[schema(max_items = 100000)]
    pub(crate) lessons: Vec<LessonProgress>,
}

/// Progress in one lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LessonProgress {
    pub(crate) lesson_id: LessonId,
    pub(crate) section_id: SectionId,
    #[schema(max_length = 200)]
    pub(crate) title: String,
    pub(crate) status: ProgressStatus,
    /// How far the learner has read.
    #[schema(minimum = 0, maximum = 100, example = 60)]
    pub(crate) percent: i32,
    /// Time spent.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 240)]
    pub(crate) seconds: i64,
    #[schema(minimum = 0, maximum = 10000, example = 3)]
    pub(crate) exercises_passed: i32,
    #[schema(minimum = 0, maximum = 10000, example = 6)]
    pub(crate) exercises_total: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

/// Which items count towards an enrolment, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseExplanation {
    pub(crate) enrollment_id: EnrollmentId,
    pub(crate) course_id: CourseId,
    #[schema(minimum = 0, maximum = 100000, example = 2)]
    pub(crate) done: i32,
    #[schema(minimum = 0, maximum = 100000, example = 5)]
    pub(crate) total: i32,
    /// The sum of the best scores.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 40)]
    pub(crate) points_from_exercises: i64,
    /// 10 for each completed lesson.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 20)]
    pub(crate) points_from_lessons: i64,
    /// 100 for the completed course.
    #[schema(minimum = 0, maximum = 100, example = 0)]
    pub(crate) points_from_completion: i64,
    #[schema(max_items = 100000)]
    pub(crate) lessons: Vec<LessonExplanation>,
}

/// Whether a lesson counts, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LessonExplanation {
    pub(crate) lesson_id: LessonId,
    #[schema(max_length = 200)]
    pub(crate) title: String,
    pub(crate) rule: CompletionRule,
    pub(crate) counts: bool,
    /// Why it counts, or what is missing.
    #[schema(max_length = 1000)]
    pub(crate) reason: String,
    #[schema(max_items = 10000)]
    pub(crate) exercises: Vec<ExerciseExplanation>,
}

/// What an exercise adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExerciseExplanation {
    pub(crate) exercise_id: ExerciseId,
    #[schema(max_length = 200)]
    pub(crate) title: String,
    pub(crate) passed: bool,
    #[schema(minimum = 0, maximum = 1000000, example = 8)]
    pub(crate) best_score: i32,
    #[schema(minimum = 0, maximum = 1000000, example = 10)]
    pub(crate) max_score: i32,
    #[schema(minimum = 0, maximum = 1000000, example = 2)]
    pub(crate) attempts: i32,
}

/// What to do next, the course that was touched last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct NextLessons {
    #[schema(max_items = 50)]
    pub(crate) items: Vec<NextLesson>,
}

/// The next lesson of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct NextLesson {
    pub(crate) course_id: CourseId,
    #[schema(max_length = 200)]
    pub(crate) course_title: String,
    pub(crate) lesson_id: LessonId,
    #[schema(max_length = 200)]
    pub(crate) lesson_title: String,
    /// How long the lesson takes.
    #[schema(minimum = 0, maximum = 100000, example = 25)]
    pub(crate) minutes: i32,
    pub(crate) status: ProgressStatus,
}
