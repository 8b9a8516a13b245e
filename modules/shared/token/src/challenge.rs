//! Challenge tokens: the password was right, and the second factor is still owed.

use chrono::{DateTime, Utc};
use contracts::user::VerifyingKey;
use kernel::{DeviceId, UserId};
use serde::{Deserialize, Serialize};

use crate::TokenPolicy;
use crate::jwt::{TokenClass, open, timely};

/// The claims of a token that still owes the second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeClaims {
    /// Who made it.
    pub iss: String,
    /// For whom it was made.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// What the device called itself at the first factor.
    pub device: String,
    /// The device, when the user has logged in with it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_device: Option<DeviceId>,
    /// When the user's rights last changed before it was made, in microseconds since 1970.
    pub rights: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// Not before, in seconds since 1970.
    pub nbf: i64,
    /// Not after, in seconds since 1970.
    pub exp: i64,
    /// Its own id.
    pub jti: String,
}

/// The claims of a challenge that counts at `now`; `None` for every other text.
pub fn open_challenge(
    token: &str,
    keys: &[VerifyingKey],
    policy: &TokenPolicy,
    now: DateTime<Utc>,
) -> Option<ChallengeClaims> {
    let (_, claims): (_, ChallengeClaims) = open(TokenClass::Challenge, token, keys, policy)?;
    timely(claims.iat, claims.nbf, claims.exp, now).then_some(claims)
}
