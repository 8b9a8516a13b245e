//! The signing keys as an operator sees them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::store::SealedKey;

/// The state of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, but not signing yet.
    Pending,
    /// Signs new tokens.
    Active,
    /// No longer signs, but still verifies.
    Retired,
    /// Neither signs nor verifies.
    Removed,
}

/// A signing key as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// The `kid` of its tokens.
    pub key_id: String,
    /// Its state.
    pub state: KeyState,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it starts or started to sign.
    pub activates_at: DateTime<Utc>,
    /// When it stops signing.
    pub retires_at: Option<DateTime<Utc>>,
    /// When it stops verifying.
    pub removed_at: Option<DateTime<Utc>>,
}

impl KeyView {
    /// `signs` for the key that signs at present. After an emergency that may be one whose time is
    /// still to come, because keys sign in the order of their times; and what no longer verifies does
    /// not sign either.
    pub(super) fn of(key: &SealedKey, signs: bool, now: DateTime<Utc>) -> Self {
        let began = match signs {
            true => key.activates_at.min(now.max(key.created_at)),
            false => key.activates_at,
        };
        Self {
            key_id: key.key_id.clone(),
            state: state(key, signs, now),
            created_at: key.created_at,
            activates_at: began,
            retires_at: match key.removed_at {
                Some(removed) => key.retires_at.map(|moment| moment.min(removed)),
                None => key.retires_at,
            },
            removed_at: key.removed_at,
        }
    }
}

fn state(key: &SealedKey, signs: bool, now: DateTime<Utc>) -> KeyState {
    if key.is_removed(now) {
        KeyState::Removed
    } else if signs {
        KeyState::Active
    } else if key.retires_at.is_some_and(|moment| moment <= now) {
        KeyState::Retired
    } else if key.activates_at > now {
        KeyState::Pending
    } else {
        KeyState::Active
    }
}
