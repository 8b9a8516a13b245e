//! How much of a user's profile others see.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// What users with an account see of a profile; the user and administrators see all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(crate) enum ProfileVisibility {
    /// The names, the bio and the avatar.
    #[default]
    Full,
    /// The names alone.
    Names,
    /// Nothing: the profile does not exist for others.
    Hidden,
}
