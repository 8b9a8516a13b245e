//! Leaderboards.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The time that a leaderboard is about: the ISO week or the month in UTC, or all time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Period {
    Week,
    Month,
    #[default]
    All,
}

/// A place on a leaderboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeaderboardEntry {
    /// Who has the same points has the same rank, and the ranks after it are left out.
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
