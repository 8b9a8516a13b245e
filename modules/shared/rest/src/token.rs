//! From the text of an `Authorization` header to a caller.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use aws_lc_rs::digest::{SHA256, digest};
use contracts::user::UserApi;
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

/// Verifies access tokens and remembers the good ones until they run out.
#[derive(Clone)]
pub struct TokenVerifier {
    policy: TokenPolicy,
    users: Arc<dyn UserApi>,
    ambient: Ambient,
    verified: Cache<[u8; 32], Arc<AccessClaims>>,
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
            let exchanged = self.exchange(token).await?;
            return self.verify_access(&exchanged).await;
        }
        self.verify_access(token).await
    }

    /// An API token becomes an access token of its scopes, which is asked for again after a while.
    async fn exchange(&self, token: &str) -> Result<String, Error> {
        let hash = fingerprint(token);
        if let Some(known) = self.exchanged.get(&hash) {
            return Ok(known);
        }
        let access = self.users.exchange(token).await?.ok_or_else(refused)?;
        self.exchanged.insert(hash, access.clone());
        Ok(access)
    }

    async fn verify_access(&self, token: &str) -> Result<Caller, Error> {
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
            scope: claims.scope.clone(),
        })
    }

    async fn decode(&self, token: &str) -> Result<AccessClaims, Error> {
        let keys = self.users.verifying_keys().await?;
        jwt::open_access(token, &keys, &self.policy, self.ambient.now()).ok_or_else(refused)
    }
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
