//! The one caller of the library's `decode`: signed tokens of our own (RFC 7519, RFC 9068) and ID
//! tokens of other providers, checked as RFC 8725 requires.
//!
//! The library accepts a missing issuer or audience, any `typ` and unknown critical headers, so
//! the header is read first, every claim is required, and a token of one class is none of another.

use std::collections::HashSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use contracts::user::VerifyingKey;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::TokenPolicy;

/// How far two clocks may differ, in seconds.
pub const LEEWAY_SECONDS: u64 = 30;
/// No token of ours is longer, in bytes.
pub const MAX_LENGTH: usize = 4096;

/// No token of ours lives longer, in seconds, whatever `auth.access_token_minutes` is where it was
/// made: a process whose clock differs refuses none for that.
pub(crate) const MAX_LIFETIME_SECONDS: i64 = 60 * 60;

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

pub(crate) fn open<C: DeserializeOwned>(
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
pub(crate) fn signed_claims(
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

pub(crate) fn timely(iat: i64, nbf: i64, exp: i64, now: DateTime<Utc>) -> bool {
    let now = now.timestamp();
    let leeway = i64::try_from(LEEWAY_SECONDS).unwrap_or(0);
    let begun = nbf <= now + leeway && iat <= now + leeway;
    begun && exp >= now - leeway && exp.saturating_sub(iat) <= MAX_LIFETIME_SECONDS
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

pub(crate) fn header_of(token: &str) -> Option<Map<String, Value>> {
    let (first, _) = token.split_once('.')?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(first).ok()?;
    serde_json::from_slice(&bytes).ok()
}
