//! Achievements.

use chrono::{DateTime, Utc};
use kernel::{AchievementId, CourseId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::achievements::Achievement;

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
    /// The points that it brings.
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
    /// The course that alone counts for it; absent when all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) course_id: Option<CourseId>,
}

/// An achievement that the caller has earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EarnedAchievement {
    pub(crate) achievement: AchievementView,
    pub(crate) unlocked_at: DateTime<Utc>,
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
