//! What a learner sees of themselves.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::EnrollmentView;
use crate::service::fold::Tally;

/// Everything at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Overview {
    pub(crate) totals: Totals,
    pub(crate) level: Level,
    pub(crate) streak: StreakView,
    /// The active enrolments, at most 50, the one that was touched last first.
    #[schema(max_items = 50)]
    pub(crate) enrollments: Vec<EnrollmentView>,
}

/// Totals over all courses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Totals {
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

impl From<Tally> for Totals {
    fn from(tally: Tally) -> Self {
        Self {
            points: tally.points,
            lessons: tally.lessons,
            courses: tally.courses,
            exercises: tally.exercises,
        }
    }
}

/// A level and the way to the next one: level n + 1 begins at 50 · n · (n + 1) points,
/// so at 100, 300, 600, 1000 and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Level {
    #[schema(minimum = 1, maximum = 1000000, example = 2)]
    pub(crate) level: i64,
    /// Where this level began.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 100)]
    pub(crate) from_points: i64,
    /// Where the next one begins.
    #[schema(minimum = 100, maximum = 1000000000000i64, example = 300)]
    pub(crate) next_at_points: i64,
}

impl Level {
    pub(crate) fn of(points: i64) -> Self {
        let threshold = |level: i64| 50 * level * (level - 1);
        let mut level = (1 + (1 + points.max(0) / 100 * 8).isqrt()) / 2;
        while threshold(level + 1) <= points {
            level += 1;
        }
        while level > 1 && threshold(level) > points {
            level -= 1;
        }
        Self {
            level,
            from_points: threshold(level),
            next_at_points: threshold(level + 1),
        }
    }
}

/// Days in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StreakView {
    /// Days in a row as they stand today.
    #[schema(minimum = 0, maximum = 100000, example = 4)]
    pub(crate) days: i32,
    #[schema(minimum = 0, maximum = 100000, example = 12)]
    pub(crate) longest: i32,
    /// Today, in the learner's own time zone.
    pub(crate) today: NaiveDate,
    /// The IANA time zone that days are counted in.
    #[schema(max_length = 64, example = "Europe/Rome")]
    pub(crate) time_zone: String,
    pub(crate) active_today: bool,
    /// Whether one missed day would be forgiven: once in seven days it is.
    pub(crate) grace_available: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) last_active_day: Option<NaiveDate>,
}

/// Numbers about a learner's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Stats {
    pub(crate) totals: Totals,
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
