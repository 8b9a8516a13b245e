//! What is asked of achievements.

use kernel::CourseId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::{Metric, Tier};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AchievementFilter {
    /// Those that nobody can earn any more, instead of those that can be earned.
    #[param(required = false)]
    #[serde(default)]
    pub(crate) retired: Option<bool>,
}

/// A new achievement. What it counts, and over which courses, stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Gopher", "description": "Complete 50 lessons about Go.", "tier": "gold", "points": 100,
    "metric": "lessons", "threshold": 50, "tag": "go"
}))]
pub(crate) struct CreateAchievement {
    #[schema(min_length = 1, max_length = 100, format = "line")]
    pub(crate) name: String,
    /// What it is given for.
    #[schema(min_length = 1, max_length = 500, format = "line")]
    pub(crate) description: String,
    #[schema(inline)]
    pub(crate) tier: Tier,
    /// The points that it is worth.
    #[schema(minimum = 0, maximum = 10000)]
    pub(crate) points: i32,
    #[schema(inline)]
    pub(crate) metric: Metric,
    /// What must be reached.
    #[schema(minimum = 1, maximum = 100000000)]
    pub(crate) threshold: i64,
    /// Only this course counts; absent when all do.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) course_id: Option<CourseId>,
    /// Only courses with this tag count; absent when all do.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub(crate) tag: Option<String>,
}

/// What changes of an achievement; what is absent stays. Whoever has earned it keeps it, and the points of that time.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "points": 20 }))]
pub(crate) struct UpdateAchievement {
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 100, format = "line")]
    pub(crate) name: Option<String>,
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 500, format = "line")]
    pub(crate) description: Option<String>,
    #[serde(default)]
    #[schema(inline, nullable = false)]
    pub(crate) tier: Option<Tier>,
    /// The points that it is worth for those who earn it from now on.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    pub(crate) points: Option<i32>,
    /// What must be reached. If you lower it, learners who have reached it get the achievement within the next
    /// minutes.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100000000)]
    pub(crate) threshold: Option<i64>,
    /// Whether nobody can earn it any more.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) retired: Option<bool>,
}
