//! Achievements and streaks as they are answered.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{AchievementId, CourseId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Achievement, Learner};

/// Something that can be earned, and its rule: `metric` must reach `threshold`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AchievementView {
    pub(crate) id: AchievementId,
    #[schema(max_length = 100, example = "First step")]
    pub(crate) name: String,
    #[schema(max_length = 500, example = "Complete your first lesson.")]
    pub(crate) description: String,
    #[schema(
        max_length = 20,
        pattern = "^(bronze|silver|gold)$",
        example = "bronze"
    )]
    pub(crate) tier: String,
    /// The points that it is worth.
    #[schema(minimum = 0, maximum = 1000000, example = 10)]
    pub(crate) points: i32,
    #[schema(
        max_length = 40,
        pattern = "^(lessons|courses|exercises|perfect_scores|streak_days|points)$",
        example = "lessons"
    )]
    pub(crate) metric: String,
    #[schema(minimum = 1, maximum = 1000000000000i64, example = 1)]
    pub(crate) threshold: i64,
    /// The only course that counts for it; absent when all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) course_id: Option<CourseId>,
}

/// An achievement that the caller has earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EarnedAchievement {
    pub(crate) achievement: AchievementView,
    pub(crate) earned_at: DateTime<Utc>,
}

impl From<Achievement> for AchievementView {
    fn from(row: Achievement) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            tier: row.tier,
            points: row.points,
            metric: row.metric,
            threshold: row.threshold,
            course_id: row.course,
        }
    }
}

/// The streak of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StreakView {
    /// The current streak in days.
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

impl StreakView {
    pub(crate) fn of(learner: &Learner, now: DateTime<Utc>) -> Self {
        let today = learner.day(now);
        let streak = &learner.streak;
        Self {
            days: streak.current(today),
            longest: streak.longest,
            today,
            time_zone: learner.time_zone.clone(),
            active_today: streak.last_day == Some(today),
            grace_available: streak.grace_free(today),
            last_active_day: streak.last_day,
        }
    }
}
