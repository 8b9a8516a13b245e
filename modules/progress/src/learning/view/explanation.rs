//! Which items count towards an enrollment, and why.

use contracts::course::{CompletionRule, OutlineExercise, OutlineLesson, OutlineView};
use kernel::{CourseId, EnrollmentId, ExerciseId, LessonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{COURSE_POINTS, Enrollment, LESSON_POINTS, State};

/// Which items count towards an enrollment, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseExplanation {
    pub(crate) enrollment_id: EnrollmentId,
    pub(crate) course_id: CourseId,
    #[schema(minimum = 0, maximum = 100000, example = 2)]
    pub(crate) done: i32,
    #[schema(minimum = 0, maximum = 100000, example = 5)]
    pub(crate) total: i32,
    /// The sum of the points of exercises, of all versions that you were on.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 40)]
    pub(crate) points_from_exercises: i64,
    /// 10 for each completed lesson, of all versions that you were on.
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
    /// The most points that it has counted.
    #[schema(minimum = 0, maximum = 1000000, example = 8)]
    pub(crate) points: i32,
    /// Of the best answer, in the version in which it was graded.
    #[schema(minimum = 0, maximum = 1000000, example = 8)]
    pub(crate) best_score: i32,
    #[schema(minimum = 0, maximum = 1000000, example = 10)]
    pub(crate) max_score: i32,
    #[schema(minimum = 0, maximum = 1000000, example = 2)]
    pub(crate) attempts: i32,
    /// Whether an answer waits for the staff to grade it.
    #[serde(default)]
    pub(crate) awaiting_grade: bool,
}

impl CourseExplanation {
    pub(crate) fn of(enrollment: &Enrollment, outline: &OutlineView, state: &State) -> Self {
        let totals = state.totals();
        let points_from_lessons = LESSON_POINTS * i64::from(totals.lessons);
        let points_from_completion = COURSE_POINTS * i64::from(totals.courses);
        let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
        Self {
            enrollment_id: enrollment.id,
            course_id: enrollment.course,
            done: enrollment.done,
            total: enrollment.total,
            points_from_exercises: totals.points - points_from_lessons - points_from_completion,
            points_from_lessons,
            points_from_completion,
            lessons: lessons
                .map(|lesson| LessonExplanation::of(lesson, state))
                .collect(),
        }
    }
}

impl LessonExplanation {
    fn of(lesson: &OutlineLesson, state: &State) -> Self {
        let counts = state.is_complete(lesson.id);
        let total = i32::try_from(lesson.exercises.len()).unwrap_or(i32::MAX);
        let passed = state.count_passed(lesson);
        let reason = match (lesson.completion, counts) {
            (CompletionRule::Read, true) => {
                "Completed: you marked the lesson as completed.".to_owned()
            }
            (CompletionRule::Read, false) => {
                "Not complete yet: complete the lesson when you have read it.".to_owned()
            }
            (CompletionRule::Exercises, true) if passed < total => format!(
                "Completed: you passed all of its exercises in an earlier version; of those that it has now, you passed {passed} of {total}."
            ),
            (CompletionRule::Exercises, true) => {
                format!("Completed: you passed its exercises, {passed} of {total}.")
            }
            (CompletionRule::Exercises, false) => {
                let mut reason = format!(
                    "Not complete yet: {passed} of {total} exercises are passed, and all of them are required."
                );
                match state.count_awaiting(lesson) {
                    0 => {}
                    1 => reason.push_str(" One answer waits for the staff to grade it."),
                    more => {
                        let waiting = format!(" {more} answers wait for the staff to grade them.");
                        reason.push_str(&waiting);
                    }
                }
                reason
            }
        };
        let exercises = lesson.exercises.iter();
        Self {
            lesson_id: lesson.id,
            title: lesson.title.clone(),
            rule: lesson.completion,
            counts,
            reason,
            exercises: exercises
                .map(|exercise| ExerciseExplanation::of(exercise, state))
                .collect(),
        }
    }
}

impl ExerciseExplanation {
    fn of(exercise: &OutlineExercise, state: &State) -> Self {
        let known = state.exercises.get(&exercise.id);
        Self {
            exercise_id: exercise.id,
            title: exercise.title.clone(),
            passed: state.is_passed(exercise.id),
            points: known.map_or(0, |known| known.credit),
            best_score: known.map_or(0, |known| known.best_score),
            max_score: known
                .filter(|known| known.attempts > 0)
                .map_or(exercise.points, |known| known.max_score),
            attempts: known.map_or(0, |known| known.attempts),
            awaiting_grade: state.is_awaiting(exercise.id),
        }
    }
}
