//! The one place that decodes access tokens (RFC 9068, checked as RFC 8725 asks).
//!
//! The library accepts a missing issuer or audience, any `typ` and unknown critical headers, so
//! the header is read first and every claim is required.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use contracts::user::UserApi;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use kernel::{Ambient, Roles, SessionId, UserId};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Caller, Error};

const LEEWAY_SECONDS: u64 = 30;
const MAX_LENGTH: usize = 4096;

/// Whose tokens count, and for whom they must have been made.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// The `iss` claim: the public address of this installation.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// How long a token may live.
    pub lifetime: Duration,
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
    /// The session.
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

/// Verifies access tokens and remembers the good ones until they run out.
#[derive(Clone)]
pub struct TokenVerifier {
    policy: TokenPolicy,
    users: Arc<dyn UserApi>,
    ambient: Ambient,
    verified: Cache<[u8; 32], Arc<AccessClaims>>,
}

impl TokenVerifier {
    /// A verifier that asks `users` for keys and sessions.
    pub fn new(policy: TokenPolicy, users: Arc<dyn UserApi>, ambient: Ambient) -> Self {
        let verified = Cache::builder()
            .max_capacity(10_000)
            .time_to_live(policy.lifetime)
            .build();
        Self {
            policy,
            users,
            ambient,
            verified,
        }
    }

    /// The caller whom the token shows; its session is asked for each time.
    ///
    /// # Errors
    /// 401 for every token that does not count, 503 when that cannot be found out.
    pub async fn verify(&self, token: &str) -> Result<Caller, Error> {
        if token.len() > MAX_LENGTH {
            return Err(refused());
        }
        let hash = fingerprint(token);
        let claims = match self.verified.get(&hash) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.decode(token).await?);
                self.verified.insert(hash, Arc::clone(&claims));
                claims
            }
        };
        let leeway = i64::try_from(LEEWAY_SECONDS).unwrap_or(0);
        if claims.exp + leeway < self.ambient.now().timestamp() {
            return Err(refused());
        }
        if !self
            .users
            .session_open(claims.sub, claims.sid, claims.iat)
            .await?
        {
            return Err(refused());
        }
        Ok(Caller {
            user_id: claims.sub,
            session_id: claims.sid,
            roles: claims.role.clone(),
        })
    }

    async fn decode(&self, token: &str) -> Result<AccessClaims, Error> {
        let key_id = read_header(token).ok_or_else(refused)?;
        let keys = self.users.verifying_keys().await?;
        let key = keys.iter().find(|key| key.key_id == key_id);
        let key = key.ok_or_else(refused)?;
        let key = DecodingKey::from_ed_components(&key.x).map_err(|_| refused())?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY_SECONDS;
        // The times are checked below against the injected clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_issuer(&[&self.policy.issuer]);
        validation.set_audience(&[&self.policy.audience]);
        validation.required_spec_claims =
            HashSet::from(["exp", "aud", "iss", "sub", "nbf"].map(str::to_owned));
        let claims = decode::<AccessClaims>(token, &key, &validation)
            .map_err(|_| refused())?
            .claims;
        let now = self.ambient.now().timestamp();
        let leeway = i64::try_from(LEEWAY_SECONDS).unwrap_or(0);
        let lifetime = i64::try_from(self.policy.lifetime.as_secs()).unwrap_or(0);
        let timely = claims.nbf <= now + leeway
            && claims.iat <= now + leeway
            && claims.exp + leeway >= now
            && claims.exp - claims.iat <= lifetime;
        if timely { Ok(claims) } else { Err(refused()) }
    }
}

/// The `kid` of a header that is exactly what this system writes: nothing that points to another
/// key, nothing critical, nothing compressed.
fn read_header(token: &str) -> Option<String> {
    let (first, _) = token.split_once('.')?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(first).ok()?;
    let header: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
    let is = |name: &str, value: &str| header.get(name).and_then(Value::as_str) == Some(value);
    let expected = header.len() == 3 && is("alg", "EdDSA") && is("typ", "at+jwt");
    let key_id = header.get("kid")?.as_str()?;
    expected.then(|| key_id.to_owned())
}

fn fingerprint(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

pub(crate) fn refused() -> Error {
    Error::new(
        StatusCode::UNAUTHORIZED,
        "invalid_token",
        "this access token does not count, or no longer; refresh it or log in again",
    )
    .with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"gopro\", error=\"invalid_token\""),
    )
}
