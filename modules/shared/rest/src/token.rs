//! From the text of an `Authorization` header to a caller.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use aws_lc_rs::digest::{SHA256, digest};
use contracts::user::{UserApi, VerifyingKey};
use kernel::Ambient;
use moka::sync::Cache;

use crate::jwt::{self, AccessClaims, LEEWAY_SECONDS, MAX_LENGTH};
use crate::{Caller, Error};

/// What every API token begins with, so that scanners of leaked secrets find one.
pub const API_TOKEN_PREFIX: &str = "gopro_pat_";
/// How long the access token of an API token is used before the exchange is asked for again; it
/// counts for a minute.
const EXCHANGED: Duration = Duration::from_secs(20);

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

/// A token that was found good, and by which key.
struct Verified {
    key_id: String,
    claims: AccessClaims,
}

/// Verifies access tokens and remembers the good ones until they or their keys run out.
#[derive(Clone)]
pub struct TokenVerifier {
    policy: TokenPolicy,
    users: Arc<dyn UserApi>,
    ambient: Ambient,
    verified: Cache<[u8; 32], Arc<Verified>>,
    exchanged: Cache<[u8; 32], String>,
}

impl TokenVerifier {
    /// A verifier that asks `users` for keys and sessions.
    pub fn new(policy: TokenPolicy, users: Arc<dyn UserApi>, ambient: Ambient) -> Self {
        let verified = Cache::builder()
            .max_capacity(10_000)
            .time_to_live(policy.lifetime)
            .build();
        let exchanged = Cache::builder()
            .max_capacity(10_000)
            .time_to_live(EXCHANGED)
            .build();
        Self {
            policy,
            users,
            ambient,
            verified,
            exchanged,
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
        if token.starts_with(API_TOKEN_PREFIX) {
            return self.verify_exchanged(token).await;
        }
        self.verify_access(token).await
    }

    /// An API token becomes an access token of its scopes, which is asked for again after a while,
    /// and when it counts no longer although the API token may.
    async fn verify_exchanged(&self, token: &str) -> Result<Caller, Error> {
        let hash = fingerprint(token);
        if let Some(known) = self.exchanged.get(&hash)
            && let Ok(caller) = self.verify_access(&known).await
        {
            return Ok(caller);
        }
        let access = self.users.exchange(token).await?.ok_or_else(|| {
            refused_as(
                "this API token does not count, or no longer; make another at /api/v1/users/me/tokens",
            )
        })?;
        self.exchanged.insert(hash, access.clone());
        self.verify_access(&access).await
    }

    /// The access token that an API token was exchanged for when it was verified a moment ago.
    pub fn exchanged(&self, token: &str) -> Option<String> {
        self.exchanged.get(&fingerprint(token))
    }

    async fn verify_access(&self, token: &str) -> Result<Caller, Error> {
        let hash = fingerprint(token);
        // Asked each time: in an emergency a key counts no longer, and no token of it.
        let keys = self.users.verifying_keys().await?;
        let counts = |known: &Arc<Verified>| keys.iter().any(|key| key.key_id == known.key_id);
        let verified = match self.verified.get(&hash).filter(counts) {
            Some(verified) => verified,
            None => {
                let verified = Arc::new(self.open(token, &keys)?);
                self.verified.insert(hash, Arc::clone(&verified));
                verified
            }
        };
        let claims = &verified.claims;
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
            scope: claims.scope.clone(),
        })
    }

    fn open(&self, token: &str, keys: &[VerifyingKey]) -> Result<Verified, Error> {
        let now = self.ambient.now();
        let opened = jwt::open_access(token, keys, &self.policy, now);
        let (key_id, claims) = opened.ok_or_else(refused)?;
        Ok(Verified { key_id, claims })
    }
}

fn fingerprint(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

pub(crate) fn refused() -> Error {
    refused_as("this access token does not count, or no longer; refresh it or log in again")
}

pub(crate) fn refused_as(detail: &'static str) -> Error {
    Error::new(StatusCode::UNAUTHORIZED, "invalid_token", detail).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"gopro\", error=\"invalid_token\""),
    )
}
