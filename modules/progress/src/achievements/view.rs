//! Achievements as they are answered.

use chrono::{DateTime, Utc};
use kernel::{AchievementId, CourseId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Achievement, Metric, RuleScope, Tier};

/// Something that can be earned, and its rule: `metric` must reach `threshold`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AchievementView {
    pub(crate) id: AchievementId,
    #[schema(max_length = 100, example = "First step")]
    pub(crate) name: String,
    #[schema(max_length = 500, example = "Complete your first lesson.")]
    pub(crate) description: String,
    #[schema(inline)]
    pub(crate) tier: Tier,
    /// The points that it is worth.
    #[schema(minimum = 0, maximum = 1000000, example = 10)]
    pub(crate) points: i32,
    #[schema(inline)]
    pub(crate) metric: Metric,
    #[schema(minimum = 1, maximum = 1000000000000i64, example = 1)]
    pub(crate) threshold: i64,
    /// The only course that counts for it; absent when it is not about one course.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) course_id: Option<CourseId>,
    /// Only courses with this tag count for it; absent when it is not about a tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100, example = "go")]
    pub(crate) tag: Option<String>,
    /// Where its picture is.
    #[serde(default)]
    #[schema(
        max_length = 200,
        example = "/api/v1/achievements/01940000-0000-7000-8000-0000000ac001/image"
    )]
    pub(crate) image: String,
    /// Whether nobody can earn it any more.
    #[serde(default)]
    pub(crate) retired: bool,
    /// The number of its changes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 1)]
    pub(crate) version: i64,
}

/// An achievement that the caller has earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EarnedAchievement {
    pub(crate) achievement: AchievementView,
    pub(crate) earned_at: DateTime<Utc>,
}

/// How far the caller is towards an achievement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AchievementProgress {
    pub(crate) achievement: AchievementView,
    /// What its rule counts so far, at most the threshold.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 3)]
    pub(crate) current: i64,
    /// The share of the threshold in whole percent, rounded down.
    #[schema(minimum = 0, maximum = 100, example = 60)]
    pub(crate) percent: i64,
    /// When it was earned; absent while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) earned_at: Option<DateTime<Utc>>,
}

impl AchievementProgress {
    /// Whoever has earned it has it, whatever is counted by now.
    pub(super) fn of(row: Achievement, counted: i64, earned_at: Option<DateTime<Utc>>) -> Self {
        let threshold = row.rule.threshold.max(1);
        let current = match earned_at {
            Some(_) => threshold,
            None => counted.clamp(0, threshold),
        };
        Self {
            achievement: row.into(),
            current,
            percent: current * 100 / threshold,
            earned_at,
        }
    }
}

impl From<Achievement> for AchievementView {
    fn from(row: Achievement) -> Self {
        let (course_id, tag) = match row.rule.scope {
            RuleScope::Everything => (None, None),
            RuleScope::Course(course) => (Some(course), None),
            RuleScope::Tag(tag) => (None, Some(tag)),
        };
        Self {
            image: format!("/api/v1/achievements/{}/image", row.id),
            id: row.id,
            name: row.name,
            description: row.description,
            tier: row.tier,
            points: row.points,
            metric: row.rule.metric,
            threshold: row.rule.threshold,
            course_id,
            tag,
            retired: row.retired_at.is_some(),
            version: row.revision,
        }
    }
}
