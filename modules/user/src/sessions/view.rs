//! The response bodies of this room.

use chrono::{DateTime, Utc};
use kernel::{ApiTokenId, SessionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::Session;
use super::store::api_tokens::ApiToken;
use crate::schema;

/// The tokens of a session (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenPair {
    /// A JWT (RFC 9068) for `Authorization: Bearer`.
    #[schema(max_length = 4096)]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(max_length = 10, example = "Bearer")]
    pub token_type: &'static str,
    /// The lifetime of the access token, in seconds.
    #[schema(minimum = 1, maximum = 86400, example = 900)]
    pub expires_in: u64,
    /// For `POST /auth/refresh`; it works once.
    #[schema(max_length = 100)]
    pub refresh_token: String,
    /// The session that both belong to.
    pub session_id: SessionId,
    /// Store it next to the refresh token, keep it beyond the session, and send it with the next
    /// login from this device. It grants no access. Absent for a known device, and after a refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub device_token: Option<String>,
    /// What the access token may be used for; absent when it is everything. `mfa:enroll` means that
    /// a role of the user requires MFA, which must be set up first.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(max_length = 100, required = false)]
    pub scope: &'static str,
}

/// The password was correct, and a code of the second factor is required.
#[derive(Serialize, ToSchema)]
pub(crate) struct MfaChallenge {
    /// Always true.
    pub mfa_required: bool,
    /// For `POST /auth/mfa/challenge`, together with a code.
    #[schema(max_length = 4096)]
    pub mfa_token: String,
    /// The lifetime of the token, in seconds.
    #[schema(minimum = 1, maximum = 3600, example = 300)]
    pub expires_in: u64,
}

/// The result of a login.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum LoginAnswer {
    /// The tokens of a new session.
    Tokens(TokenPair),
    /// A code of the second factor is required.
    Challenge(MfaChallenge),
}

/// A login on one device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// The session.
    pub id: SessionId,
    /// The name that the device gave itself.
    #[schema(max_length = 100)]
    pub device: String,
    /// The IP address that it came from.
    #[schema(max_length = 64)]
    pub ip_address: String,
    /// When it started.
    pub created_at: DateTime<Utc>,
    /// When its tokens were last refreshed.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the session of this request.
    pub current: bool,
}

impl SessionView {
    /// `current` is the caller's session.
    pub(crate) fn of(session: Session, current: SessionId) -> Self {
        Self {
            current: session.id == current,
            id: session.id,
            device: session.device,
            ip_address: session.ip_address,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        }
    }
}

/// An API token.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ApiTokenView {
    /// The token.
    pub id: ApiTokenId,
    /// Its name.
    #[schema(max_length = 100)]
    pub name: String,
    #[schema(schema_with = schema::scopes)]
    pub scopes: Vec<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// The secret for `Authorization: Bearer`; shown only in the response that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub token: Option<String>,
}

impl ApiTokenView {
    pub(crate) fn of(token: &ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name.clone(),
            scopes: token.scopes.split(' ').map(str::to_owned).collect(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            token: None,
        }
    }

    pub(crate) fn with_secret(mut self, secret: String) -> Self {
        self.token = Some(secret);
        self
    }
}
