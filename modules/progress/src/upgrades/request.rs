//! What is asked of upgrades.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether learners may or have to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UpgradeMode {
    /// They are notified, and decide themselves.
    Offer,
    /// They are moved, and told.
    Require,
}

/// Which learners of a course are to be on its newest version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "mode": "offer" }))]
pub(crate) struct UpgradeCourse {
    /// Only those who are on this version; absent: all who are on an earlier one than the newest.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000000)]
    pub(crate) from_version: Option<i64>,
    /// Whether they may or have to move.
    pub(crate) mode: UpgradeMode,
}
