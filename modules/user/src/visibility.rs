//! How much of a person's profile others see.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What people with an account see of a profile; the person and administrators see all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProfileVisibility {
    /// The names, the bio and the avatar.
    #[default]
    Full,
    /// The names alone.
    Names,
    /// Nothing: the profile does not exist for others.
    Hidden,
}

impl ProfileVisibility {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Names => "names",
            Self::Hidden => "hidden",
        }
    }

    /// Reads what [`ProfileVisibility::as_str`] wrote; what it did not write shows nothing.
    pub(crate) fn parse(word: &str) -> Self {
        [Self::Full, Self::Names]
            .into_iter()
            .find(|visibility| visibility.as_str() == word)
            .unwrap_or(Self::Hidden)
    }
}
