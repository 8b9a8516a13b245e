//! What a learner sees of themselves.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Level, Totals};
use crate::enrollment::EnrollmentView;
use crate::rewards::StreakView;

/// An overview of the learner's progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ProgressOverview)]
pub(crate) struct Overview {
    pub(crate) totals: TotalsView,
    pub(crate) level: Level,
    pub(crate) streak: StreakView,
    /// The active enrollments, at most 50, the most recently active first.
    #[schema(max_items = 50)]
    pub(crate) enrollments: Vec<EnrollmentView>,
}

/// Totals over all courses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LearnerTotals)]
pub(crate) struct TotalsView {
    /// Best scores, 10 for each lesson, 100 for each course, and those of achievements.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 120)]
    pub(crate) points: i64,
    /// Completed lessons.
    #[schema(minimum = 0, maximum = 1000000000, example = 5)]
    pub(crate) lessons: i32,
    /// Completed courses.
    #[schema(minimum = 0, maximum = 1000000000, example = 1)]
    pub(crate) courses: i32,
    /// Passed exercises.
    #[schema(minimum = 0, maximum = 1000000000, example = 12)]
    pub(crate) exercises: i32,
}

impl From<Totals> for TotalsView {
    fn from(totals: Totals) -> Self {
        Self {
            points: totals.points,
            lessons: totals.lessons,
            courses: totals.courses,
            exercises: totals.exercises,
        }
    }
}

/// Statistics of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LearnerStats)]
pub(crate) struct Stats {
    pub(crate) totals: TotalsView,
    pub(crate) level: Level,
    /// Exercises with the full score.
    #[schema(minimum = 0, maximum = 1000000000, example = 8)]
    pub(crate) perfect_scores: i32,
    /// Time on lessons.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 5400)]
    pub(crate) seconds: i64,
    /// Achievements earned.
    #[schema(minimum = 0, maximum = 100000, example = 3)]
    pub(crate) achievements: i32,
    #[schema(minimum = 0, maximum = 100000, example = 4)]
    pub(crate) streak_days: i32,
    #[schema(minimum = 0, maximum = 100000, example = 12)]
    pub(crate) longest_streak: i32,
}

/// The days on which a learner was active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ActivityCalendar {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    /// The active days in order; days without activity are left out.
    #[schema(max_items = 366)]
    pub(crate) days: Vec<ActivityDay>,
}

/// What happened on one day of the learner's own time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ActivityDay {
    pub(crate) day: NaiveDate,
    /// All learning that day: lessons begun, read in and completed, exercises graded.
    #[schema(minimum = 0, maximum = 1000000000, example = 9)]
    pub(crate) count: i64,
    #[schema(minimum = 0, maximum = 1000000000, example = 1)]
    pub(crate) lessons_completed: i64,
    #[schema(minimum = 0, maximum = 1000000000, example = 6)]
    pub(crate) exercises_graded: i64,
}
