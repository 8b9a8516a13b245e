//! Access tokens (RFC 9068).

use chrono::{DateTime, Utc};
use contracts::user::VerifyingKey;
use kernel::{Roles, SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::jwt::{TokenClass, open, timely};
use crate::{TokenPolicy, skew};

/// The claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who made it.
    pub iss: String,
    /// For whom it was made.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The session, or the API token that it was exchanged for.
    pub sid: SessionId,
    /// The roles of the user.
    pub role: Roles,
    /// What the token may be used for, words joined by blanks; empty means everything.
    pub scope: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// Not before, in seconds since 1970.
    pub nbf: i64,
    /// Not after, in seconds since 1970.
    pub exp: i64,
    /// Its own id.
    pub jti: String,
}

/// The id of the key and the claims of an access token that counts at `now`; `None` for every
/// other text.
pub fn open_access(
    token: &str,
    keys: &[VerifyingKey],
    policy: &TokenPolicy,
    now: DateTime<Utc>,
) -> Option<(String, AccessClaims)> {
    let (key_id, claims): (_, AccessClaims) = open(TokenClass::Access, token, keys, policy)?;
    if timely(claims.iat, claims.nbf, claims.exp, now) {
        return Some((key_id, claims));
    }
    skew::report(claims.iat.max(claims.nbf), claims.exp, claims.iat, now);
    None
}
