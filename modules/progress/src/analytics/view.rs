//! Analytics as they are shown.

use std::collections::BTreeMap;

use contracts::course::{OutlineExercise, OutlineLesson, OutlineView};
use kernel::{CourseId, ExerciseId, LessonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::counts::ItemCounts;
use super::store::enrollments::EnrollmentCounts;
use crate::domain::{discrimination, median, middle_of};

/// How a version of a course is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseAnalytics {
    pub(crate) course_id: CourseId,
    /// The version whose learners are counted.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) version: i64,
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) newest_version: i64,
    pub(crate) learners: LearnerCounts,
    /// The learners who have answered, by the points of their best answers in percent of those of the exercises that
    /// they have answered; 100 is in the last bucket.
    #[schema(min_items = 10, max_items = 10)]
    pub(crate) scores: Vec<ScoreBucket>,
    /// In the order of the course.
    #[schema(max_items = 100000)]
    pub(crate) lessons: Vec<LessonAnalytics>,
    /// In the order of the course.
    #[schema(max_items = 100000)]
    pub(crate) exercises: Vec<ExerciseAnalytics>,
}

/// How many learners there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LearnerCounts {
    /// All who have enrolled, with those who have left.
    #[schema(minimum = 0, maximum = 1000000000, example = 120)]
    pub(crate) enrolled: i64,
    #[schema(minimum = 0, maximum = 1000000000, example = 10)]
    pub(crate) left: i64,
    /// Those who have done something in the last seven days.
    #[schema(minimum = 0, maximum = 1000000000, example = 40)]
    pub(crate) active_in_7_days: i64,
    /// Those who have done something in the last 30 days.
    #[schema(minimum = 0, maximum = 1000000000, example = 80)]
    pub(crate) active_in_30_days: i64,
    #[schema(minimum = 0, maximum = 1000000000, example = 60)]
    pub(crate) completed: i64,
    /// Those who have completed it of all who have enrolled, in whole percent, rounded down.
    #[schema(minimum = 0, maximum = 100, example = 50)]
    pub(crate) completion_percent: i64,
    /// Half of those who have completed it took no more days than this; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1000000, example = 14)]
    pub(crate) median_days_to_completion: Option<i32>,
}

/// Learners with similar scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ScoreBucket {
    #[schema(minimum = 0, maximum = 90, example = 80)]
    pub(crate) from_percent: i32,
    #[schema(minimum = 0, maximum = 1000000000, example = 30)]
    pub(crate) learners: i64,
}

/// How far learners come in a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LessonAnalytics {
    pub(crate) lesson_id: LessonId,
    #[schema(max_length = 200)]
    pub(crate) title: String,
    #[schema(minimum = 0, maximum = 1000000000, example = 100)]
    pub(crate) started: i64,
    #[schema(minimum = 0, maximum = 1000000000, example = 90)]
    pub(crate) completed: i64,
    /// Those who stopped here.
    #[schema(minimum = 0, maximum = 1000000000, example = 5)]
    pub(crate) stopped: i64,
    /// The time that half of those who have completed it did not exceed, to within an eighth; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000000000i64, example = 900)]
    pub(crate) median_seconds: Option<i64>,
}

/// How an exercise works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExerciseAnalytics {
    pub(crate) exercise_id: ExerciseId,
    pub(crate) lesson_id: LessonId,
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// Those who have answered it.
    #[schema(minimum = 0, maximum = 1000000000, example = 80)]
    pub(crate) learners: i64,
    /// All their answers.
    #[schema(minimum = 0, maximum = 1000000000, example = 120)]
    pub(crate) answers: i64,
    /// Answers for each of them; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1000000000, example = 1.5)]
    pub(crate) mean_attempts: Option<f64>,
    /// Those who passed at the first try, in whole percent, rounded down; absent before the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, example = 60)]
    pub(crate) first_pass_percent: Option<i64>,
    /// The difficulty: the points of the first tries in percent of the possible points, rounded down. The lower, the
    /// more difficult; absent before the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, example = 70)]
    pub(crate) first_score_percent: Option<i64>,
    /// How well it tells good learners from others, from -1 to 1; below 0.1 it is worth a look. Absent for fewer than 20
    /// learners, and where all did alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = -1, maximum = 1, example = 0.35)]
    pub(crate) discrimination: Option<f64>,
}

impl CourseAnalytics {
    pub(super) fn of(
        outline: &OutlineView,
        newest: i64,
        learners: &EnrollmentCounts,
        items: &BTreeMap<Uuid, ItemCounts>,
    ) -> Self {
        let lessons = || outline.sections.iter().flat_map(|section| &section.lessons);
        let none = ItemCounts::default();
        let counts = |id: Uuid| items.get(&id).unwrap_or(&none);
        let scores = (0..10).map(|tenth| ScoreBucket {
            from_percent: tenth * 10,
            learners: learners.scores.get(&tenth).copied().unwrap_or(0),
        });
        let exercises = lessons().flat_map(|lesson| {
            let exercises = lesson.exercises.iter();
            exercises.map(move |exercise| (lesson.id, exercise))
        });
        Self {
            course_id: outline.course_id,
            version: outline.version,
            newest_version: newest.max(outline.version),
            learners: LearnerCounts::of(learners),
            scores: scores.collect(),
            lessons: lessons()
                .map(|lesson| {
                    let stopped = learners.stopped.get(&lesson.id).copied();
                    LessonAnalytics::of(lesson, counts(lesson.id.uuid()), stopped.unwrap_or(0))
                })
                .collect(),
            exercises: exercises
                .map(|(lesson, exercise)| {
                    ExerciseAnalytics::of(lesson, exercise, counts(exercise.id.uuid()))
                })
                .collect(),
        }
    }
}

impl LearnerCounts {
    fn of(counts: &EnrollmentCounts) -> Self {
        let days = counts.days.iter().map(|(days, count)| (*days, *count));
        Self {
            enrolled: counts.enrolled,
            left: counts.left,
            active_in_7_days: counts.active_in_week,
            active_in_30_days: counts.active_in_month,
            completed: counts.completed,
            completion_percent: counts.completed * 100 / counts.enrolled.max(1),
            median_days_to_completion: median(days),
        }
    }
}

impl LessonAnalytics {
    fn of(lesson: &OutlineLesson, counts: &ItemCounts, stopped: i64) -> Self {
        let times = counts.completed.iter();
        let times = times.map(|(bucket, count)| (*bucket, *count));
        Self {
            lesson_id: lesson.id,
            title: lesson.title.clone(),
            started: counts.started,
            completed: counts.completed.values().sum(),
            stopped,
            median_seconds: median(times).map(middle_of),
        }
    }
}

impl ExerciseAnalytics {
    fn of(lesson: LessonId, exercise: &OutlineExercise, counts: &ItemCounts) -> Self {
        let (passed, failed) = (counts.passed_first, counts.failed_first);
        let learners = passed.learners + failed.learners;
        let hundredths = |value: Option<i64>| {
            let value = value.and_then(|value| i32::try_from(value).ok());
            value.map(|value| f64::from(value) / 100.0)
        };
        Self {
            exercise_id: exercise.id,
            lesson_id: lesson,
            title: exercise.title.clone(),
            learners,
            answers: counts.tries,
            mean_attempts: hundredths((counts.tries * 100).checked_div(learners)),
            first_pass_percent: (passed.learners * 100).checked_div(learners),
            first_score_percent: counts.first_shares.checked_div(learners * 10),
            discrimination: hundredths(discrimination(passed, failed).map(i64::from)),
        }
    }
}
