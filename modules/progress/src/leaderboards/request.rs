//! What is asked of leaderboards.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::Period;

/// How to appear on leaderboards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"visible": true, "alias": "gopher"}))]
#[schema(as = LeaderboardSettings)]
pub(crate) struct Appear {
    /// Whether others can see you there.
    pub(crate) visible: bool,
    /// The name that others see instead of your own; without it, your display name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, format = "line", nullable = false)]
    pub(crate) alias: Option<String>,
}

/// Which part of the leaderboard to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Around {
    Me,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoardFilter {
    /// The ISO week or the month in UTC, or all time, which is the default.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) period: Option<Period>,
    /// `me` shows you with up to five neighbors on each side, and no more than `limit` together, instead of
    /// a page.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) around: Option<Around>,
}
