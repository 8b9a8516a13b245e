//! From the text of an `Authorization` header to a caller.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use aws_lc_rs::digest::{SHA256, digest};
use contracts::user::{UserApi, VerifyingKey};
use kernel::{Caller, Env};
use moka::sync::Cache;

use token::{API_TOKEN_PREFIX, AccessClaims, LEEWAY_SECONDS, MAX_LENGTH, TokenPolicy, open_access};

use crate::Error;

/// How long the access token of an API token is used before it is exchanged again; it
/// counts for a minute.
const EXCHANGED: Duration = Duration::from_secs(20);

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
    env: Env,
    verified: Cache<[u8; 32], Arc<Verified>>,
    exchanged: Cache<[u8; 32], String>,
}

impl TokenVerifier {
    /// A verifier that gets keys and sessions from `users`.
    pub fn new(policy: TokenPolicy, users: Arc<dyn UserApi>, env: Env) -> Self {
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
            env,
            verified,
            exchanged,
        }
    }

    /// The caller whom the token shows; its session and the present roles are checked each time.
    ///
    /// # Errors
    /// 401 for every invalid token, 503 when that cannot be found out.
    pub async fn verify(&self, token: &str) -> Result<Caller, Error> {
        if token.len() > MAX_LENGTH {
            return Err(refused());
        }
        if token.starts_with(API_TOKEN_PREFIX) {
            return self.verify_exchanged(token).await;
        }
        self.verify_access(token).await
    }

    /// An API token is exchanged for an access token of its scopes, and again after a while,
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
                "this API token is invalid or has expired; make another at /api/v1/users/me/tokens",
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
        // Checked each time: after an emergency rotation, neither the old key nor its tokens are valid.
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
        if claims.exp + leeway < self.env.now().timestamp() {
            return Err(refused());
        }
        let present = self
            .users
            .session_open(claims.sub, claims.sid, claims.iat)
            .await?;
        let present = present.ok_or_else(refused)?;
        Ok(Caller {
            user_id: claims.sub,
            session_id: claims.sid,
            // The token says what it was made for, the account what is still true.
            roles: claims.role.common(&present),
            scope: claims.scope.clone(),
        })
    }

    fn open(&self, token: &str, keys: &[VerifyingKey]) -> Result<Verified, Error> {
        let now = self.env.now();
        let opened = open_access(token, keys, &self.policy, now);
        let (key_id, claims) = opened.ok_or_else(refused)?;
        Ok(Verified { key_id, claims })
    }
}

/// The token of a request's `Authorization` header (RFC 6750, section 2.1): the scheme in any case,
/// one blank, and nothing but the characters of a token; `None` when there is no such header.
///
/// RFC 9110 lets a reader take several blanks; every client sends one, and two readers in a row
/// must not differ.
///
/// # Errors
/// 401 for several headers, another scheme and everything else that is no token.
pub fn bearer(req: &HttpRequest) -> Result<Option<&str>, Error> {
    let mut values = req.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let (scheme, token) = text.split_at_checked("Bearer ".len()).unwrap_or_default();
    let bare = token.trim_end_matches('=');
    let of_a_token = |letter: char| letter.is_ascii_alphanumeric() || "-._~+/".contains(letter);
    let fits = scheme.eq_ignore_ascii_case("Bearer ")
        && !bare.is_empty()
        && bare.chars().all(of_a_token)
        && values.next().is_none();
    match fits {
        true => Ok(Some(token)),
        false => Err(refused_as(
            "the Authorization header must be Bearer, one space, and a token; log in: POST /api/v1/auth/login",
        )),
    }
}

fn fingerprint(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

pub(crate) fn refused() -> Error {
    refused_as("this access token is invalid or has expired; refresh it or log in again")
}

pub(crate) fn refused_as(detail: &'static str) -> Error {
    Error::new(StatusCode::UNAUTHORIZED, "auth.token_invalid", detail).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"gopro\", error=\"invalid_token\""),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::bearer;

    fn read(values: &[&[u8]]) -> Result<Option<String>, u16> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header(("authorization", *value));
        }
        let request = request.to_http_request();
        let read = bearer(&request).map(|token| token.map(str::to_owned));
        read.map_err(|error| {
            let answer = actix_web::ResponseError::error_response(&error);
            let challenge = answer
                .headers()
                .get("www-authenticate")
                .expect("a challenge");
            let challenge = challenge.to_str().expect("a text");
            assert_eq!(challenge, "Bearer realm=\"gopro\", error=\"invalid_token\"");
            answer.status().as_u16()
        })
    }

    #[test]
    fn one_header_with_one_blank_and_the_characters_of_a_token_is_read() {
        assert_eq!(read(&[]), Ok(None));
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
            for token in ["a", "eyJ.x-y_z~0+/", "abc=", "abc=="] {
                let value = format!("{scheme} {token}");
                assert_eq!(read(&[value.as_bytes()]), Ok(Some(token.to_owned())));
            }
        }
    }

    #[test]
    fn everything_else_is_refused_with_a_challenge() {
        let refused: [&[u8]; 18] = [
            b"",
            b" ",
            b"Bearer",
            b"Bearer ",
            b"Bearer  abc",
            b"Bearer\tabc",
            b"Bearer \tabc",
            b" Bearer abc",
            b"Bearer abc ",
            b"Bearer abc def",
            b"Bearer abc, Bearer def",
            b"Bearer a=b",
            b"Bearer ==",
            b"Bearer \"abc\"",
            b"Bearer: abc",
            b"Basic YTpi",
            b"Bearer \xc3\xa4",
            b"\xe2\x80\xa8earer abc",
        ];
        for value in refused {
            assert_eq!(read(&[value]), Err(401), "{}", value.escape_ascii());
        }
        assert_eq!(read(&[b"Bearer abc", b"Bearer abc"]), Err(401));
        assert_eq!(read(&[b"Bearer abc", b"Basic YTpi"]), Err(401));
    }
}
