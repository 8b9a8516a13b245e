//! The orders in which learners of a course are listed.

use serde::Deserialize;
use utoipa::ToSchema;

/// The order of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub(crate) enum RosterOrder {
    #[default]
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    #[serde(rename = "progress")]
    Progress,
    #[serde(rename = "-progress")]
    ProgressDown,
    #[serde(rename = "last_activity")]
    LastActivity,
    #[serde(rename = "-last_activity")]
    LastActivityDown,
}
