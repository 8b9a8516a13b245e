//! The one caller of the library's `decode`: signed tokens of our own (RFC 7519, RFC 9068) and ID
//! tokens of other providers, checked as RFC 8725 asks.
//!
//! The library accepts a missing issuer or audience, any `typ` and unknown critical headers, so
//! the header is read first, every claim is required, and a token of one class is none of another.

mod id_token;

use std::collections::HashSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use contracts::user::VerifyingKey;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use kernel::{Roles, SessionId, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::TokenPolicy;

pub use id_token::{ExpectedIdToken, IdClaims, IdTokenFault, open_id_token};

/// How far two clocks may differ, in seconds.
pub(crate) const LEEWAY_SECONDS: u64 = 30;
/// No token of ours is longer, in bytes.
pub(crate) const MAX_LENGTH: usize = 4096;

/// What a token is for; its `typ` and its audience say it, so that none passes for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenClass {
    /// Calls the API (RFC 9068).
    Access,
    /// Has shown the password and still owes the second factor.
    Challenge,
}

impl TokenClass {
    /// The `typ` of the header.
    pub fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Challenge => "mfa+jwt",
        }
    }

    /// The `aud` claim under `policy`.
    pub fn audience(self, policy: &TokenPolicy) -> String {
        match self {
            Self::Access => policy.audience.clone(),
            Self::Challenge => format!("{}/mfa", policy.audience),
        }
    }
}

/// The claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who made it.
    pub iss: String,
    /// For whom it was made.
    pub aud: String,
    /// The person.
    pub sub: UserId,
    /// The session, or the API token that it was exchanged for.
    pub sid: SessionId,
    /// The roles of the person.
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

/// The claims of a token that still owes the second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeClaims {
    /// Who made it.
    pub iss: String,
    /// For whom it was made.
    pub aud: String,
    /// The person.
    pub sub: UserId,
    /// What the device called itself at the first factor.
    pub device: String,
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
    timely(claims.iat, claims.nbf, claims.exp, policy, now).then_some((key_id, claims))
}

/// The claims of a challenge that counts at `now`; `None` for every other text.
pub fn open_challenge(
    token: &str,
    keys: &[VerifyingKey],
    policy: &TokenPolicy,
    now: DateTime<Utc>,
) -> Option<ChallengeClaims> {
    let (_, claims): (_, ChallengeClaims) = open(TokenClass::Challenge, token, keys, policy)?;
    timely(claims.iat, claims.nbf, claims.exp, policy, now).then_some(claims)
}

fn open<C: DeserializeOwned>(
    class: TokenClass,
    token: &str,
    keys: &[VerifyingKey],
    policy: &TokenPolicy,
) -> Option<(String, C)> {
    if token.len() > MAX_LENGTH {
        return None;
    }
    let key_id = read_header(token, class)?;
    let key = keys.iter().find(|key| key.key_id == key_id)?;
    let key = DecodingKey::from_ed_components(&key.x).ok()?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    // The times are checked against the injected clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_issuer(&[&policy.issuer]);
    validation.set_audience(&[class.audience(policy)]);
    validation.required_spec_claims =
        HashSet::from(["exp", "aud", "iss", "sub", "nbf"].map(str::to_owned));
    let claims = decode::<C>(token, &key, &validation).ok()?.claims;
    Some((key_id, claims))
}

/// The claims under a signature that `key` has made with exactly this algorithm; none of them is
/// checked here.
fn signed_claims(
    token: &str,
    algorithm: Algorithm,
    key: &DecodingKey,
) -> Option<Map<String, Value>> {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    Some(decode(token, key, &validation).ok()?.claims)
}

fn timely(iat: i64, nbf: i64, exp: i64, policy: &TokenPolicy, now: DateTime<Utc>) -> bool {
    let now = now.timestamp();
    let leeway = i64::try_from(LEEWAY_SECONDS).unwrap_or(0);
    let lifetime = i64::try_from(policy.lifetime.as_secs()).unwrap_or(0);
    let begun = nbf <= now + leeway && iat <= now + leeway;
    begun && exp >= now - leeway && exp.saturating_sub(iat) <= lifetime
}

/// The `kid` of a header that is exactly what this system writes for `class`: nothing that points
/// to another key, nothing critical, nothing compressed.
fn read_header(token: &str, class: TokenClass) -> Option<String> {
    let header = header_of(token)?;
    let is = |name: &str, value: &str| header.get(name).and_then(Value::as_str) == Some(value);
    let expected = header.len() == 3 && is("alg", "EdDSA") && is("typ", class.typ());
    let key_id = header.get("kid")?.as_str()?;
    expected.then(|| key_id.to_owned())
}

fn header_of(token: &str) -> Option<Map<String, Value>> {
    let (first, _) = token.split_once('.')?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(first).ok()?;
    serde_json::from_slice(&bytes).ok()
}
