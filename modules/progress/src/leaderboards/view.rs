//! Leaderboards as they are answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A place on a leaderboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeaderboardEntry {
    /// Learners with the same points share a rank, and the ranks after it are skipped.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) rank: i64,
    #[schema(max_length = 200, example = "Ada")]
    pub(crate) display_name: String,
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 230)]
    pub(crate) points: i64,
    /// Whether it is the caller.
    pub(crate) me: bool,
}

/// How the caller appears on leaderboards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeaderboardPresence {
    pub(crate) visible: bool,
    /// The name that others see.
    #[schema(max_length = 200, example = "Ada")]
    pub(crate) display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    pub(crate) alias: Option<String>,
}
