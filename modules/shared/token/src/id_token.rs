//! ID tokens of other providers, checked as OpenID Connect Core 1.0, section 3.1.3.7, says.
//!
//! `at_hash` is not looked at: both tokens come in one answer of the token endpoint, and what the access
//! token then leads to counts for the same subject alone. `nbf` is checked where there is one, because the
//! standard does not require it and the large providers do not send it.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};
use strum::IntoStaticStr;

use crate::jwt::{LEEWAY_SECONDS, header_of, signed_claims};

/// The algorithms that an ID token may be signed with (RFC 7518, RFC 8037).
pub const ID_TOKEN_ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];
/// No ID token that counts is longer, in bytes.
const MAX_LENGTH: usize = 16_384;
/// Header fields that lead to another key or change how the token is read.
const REFUSED: [&str; 7] = ["crit", "jku", "jwk", "x5u", "x5c", "zip", "b64"];

/// What an ID token must say.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedIdToken<'a> {
    /// Who must have made it.
    pub issuer: &'a str,
    /// For whom it must have been made.
    pub client_id: &'a str,
    /// What the sign-in was begun with.
    pub nonce: &'a str,
    /// The current time.
    pub now: DateTime<Utc>,
}

/// What an ID token says of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdClaims {
    /// The user, among those of this issuer.
    pub subject: String,
    /// Their address.
    pub email: Option<String>,
    /// Whether the issuer says that the address is theirs.
    pub email_verified: bool,
    /// What they like to be called in short.
    pub preferred_username: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// Their language (BCP 47).
    pub locale: Option<String>,
    /// Their time zone (IANA).
    pub zone_info: Option<String>,
    /// Everything that the issuer says, for claims that are not of the standard.
    pub all: Map<String, Value>,
}

/// Why an ID token is rejected; `into_str` is a stable word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "id_token_", const_into_str)]
pub enum IdTokenFault {
    /// It is no signed token.
    Malformed,
    /// Its header holds what is refused.
    Header,
    /// Its algorithm is not allowed, or not the one of the key.
    Algorithm,
    /// The issuer has no such key.
    UnknownKey,
    /// The signature is not the key's.
    Signature,
    /// Another issuer made it.
    Issuer,
    /// It was made for somebody else.
    Audience,
    /// It names no user.
    Subject,
    /// It belongs to another sign-in.
    Nonce,
    /// It has run out.
    Expired,
    /// It is not valid yet.
    NotYet,
}

/// The claims of an ID token that one of `keys`, JSON Web Keys (RFC 7517) of the issuer, has signed.
///
/// # Errors
/// The first reason to reject it.
pub fn open_id_token(
    token: &str,
    keys: &[Value],
    expected: &ExpectedIdToken<'_>,
) -> Result<IdClaims, IdTokenFault> {
    if token.len() > MAX_LENGTH || token.split('.').count() != 3 {
        return Err(IdTokenFault::Malformed);
    }
    let header = header_of(token).ok_or(IdTokenFault::Malformed)?;
    let typed = header.get("typ").is_none_or(|kind| {
        let kind = kind.as_str().unwrap_or_default();
        kind.eq_ignore_ascii_case("JWT")
    });
    if !typed || REFUSED.iter().any(|name| header.contains_key(*name)) {
        return Err(IdTokenFault::Header);
    }
    let name = header.get("alg").and_then(Value::as_str);
    let name = name.filter(|name| ID_TOKEN_ALGORITHMS.contains(name));
    let algorithm: Option<Algorithm> = name.and_then(|name| name.parse().ok());
    let algorithm = algorithm.ok_or(IdTokenFault::Algorithm)?;
    let key_id = header.get("kid").and_then(Value::as_str);
    let key_id = key_id.ok_or(IdTokenFault::Header)?;
    let key = keys.iter().find(|key| key["kid"] == key_id);
    let key = verifying(key.ok_or(IdTokenFault::UnknownKey)?, algorithm);
    let key = key.ok_or(IdTokenFault::Algorithm)?;
    let claims = signed_claims(token, algorithm, &key).ok_or(IdTokenFault::Signature)?;
    check(&claims, expected)?;
    IdClaims::read(claims)
}

/// The key, when it is one for signatures with exactly this algorithm.
fn verifying(key: &Value, algorithm: Algorithm) -> Option<DecodingKey> {
    let text = |name: &str| key[name].as_str();
    let (name, family, curve) = match algorithm {
        Algorithm::RS256 => ("RS256", "RSA", None),
        Algorithm::PS256 => ("PS256", "RSA", None),
        Algorithm::ES256 => ("ES256", "EC", Some("P-256")),
        Algorithm::ES384 => ("ES384", "EC", Some("P-384")),
        _ => ("EdDSA", "OKP", Some("Ed25519")),
    };
    let fits = text("kty") == Some(family)
        && text("crv") == curve
        && text("alg").is_none_or(|bound| bound == name)
        && text("use").is_none_or(|usage| usage == "sig");
    if !fits {
        return None;
    }
    match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => {
            DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()
        }
        Algorithm::ES256 | Algorithm::ES384 => {
            DecodingKey::from_ec_components(text("x")?, text("y")?).ok()
        }
        _ => DecodingKey::from_ed_components(text("x")?).ok(),
    }
}

fn check(claims: &Map<String, Value>, expected: &ExpectedIdToken<'_>) -> Result<(), IdTokenFault> {
    let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
    if !is("iss", expected.issuer) {
        return Err(IdTokenFault::Issuer);
    }
    let audiences = match claims.get("aud") {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let ours = audiences.iter().any(|one| one == expected.client_id);
    // Among several audiences, and wherever it is named, the authorized party must be us.
    let authorized = match (claims.get("azp"), audiences.len()) {
        (None, 1) => true,
        _ => is("azp", expected.client_id),
    };
    if !ours || !authorized {
        return Err(IdTokenFault::Audience);
    }
    if !is("nonce", expected.nonce) {
        return Err(IdTokenFault::Nonce);
    }
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    let now = expected.now.timestamp();
    let leeway = i64::try_from(LEEWAY_SECONDS).unwrap_or(0);
    if time("exp").is_none_or(|exp| exp.saturating_add(leeway) < now) {
        return Err(IdTokenFault::Expired);
    }
    let begun = |moment: i64| moment <= now + leeway;
    let may_begin = claims.get("nbf").is_none() || time("nbf").is_some_and(begun);
    if !time("iat").is_some_and(begun) || !may_begin {
        return Err(IdTokenFault::NotYet);
    }
    Ok(())
}

impl IdClaims {
    /// The claims of an ID token whose signature was checked, or of the UserInfo endpoint (OpenID Connect
    /// Core 1.0, section 5.3), which answers over a connection that was checked.
    ///
    /// # Errors
    /// When they name no user.
    pub fn read(claims: Map<String, Value>) -> Result<Self, IdTokenFault> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let subject = text("sub").filter(|subject| {
            (1..=255).contains(&subject.len()) && !subject.chars().any(char::is_control)
        });
        // Some providers write the word where the standard requires the value.
        let email_verified = match claims.get("email_verified") {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(word)) => word == "true",
            _ => false,
        };
        Ok(Self {
            subject: subject.ok_or(IdTokenFault::Subject)?,
            email: text("email"),
            email_verified,
            preferred_username: text("preferred_username"),
            name: text("name"),
            locale: text("locale"),
            zone_info: text("zoneinfo"),
            all: claims,
        })
    }
}
