//! The views, the trait and the events of the user module.

mod events;
mod sagas;

pub use events::*;
pub use sagas::*;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{Failure, OneTimeTokenId, Roles, SessionId, UserId};
use serde::{Deserialize, Serialize};

/// What everybody may know of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The user.
    pub id: UserId,
    /// Unique without regard to case.
    pub username: String,
    /// The name that they want to be shown by.
    pub display_name: String,
    /// Whether they may act: an administrator has not disabled the account, and it is not being
    /// erased.
    pub active: bool,
    /// Whether they may write courses: they are an instructor or an administrator.
    pub teaches: bool,
    /// Whether they are an administrator, who may write every course.
    pub administers: bool,
}

/// How to reach a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactView {
    /// The user.
    pub id: UserId,
    /// The name that they want to be shown by.
    pub display_name: String,
    /// Their address.
    pub email: String,
    /// Whether it was shown that they read that address.
    pub email_verified: bool,
    /// A BCP 47 language tag, `en`.
    pub locale: String,
    /// An IANA time zone, `Europe/Rome`.
    pub time_zone: String,
}

/// A public key that verifies access tokens (RFC 8037, Ed25519).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyingKey {
    /// The `kid` of the tokens that it verifies.
    pub key_id: String,
    /// The 32 bytes of the key, base64url without padding.
    pub x: String,
}

/// The content of a transactional email, with its secret link: the sender requests it at the
/// moment of sending, because no event and no table may hold it. It has no `Debug`, so that no log shows the link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailContent {
    /// The recipient's email address; it need not belong to an account.
    pub email: String,
    /// The recipient's name; empty when none is known.
    pub display_name: String,
    /// A BCP 47 language tag, `en`.
    pub locale: String,
    /// The IANA time zone of the times in the email; `UTC` when none is known.
    pub time_zone: String,
    /// The whole link; none where the email only informs.
    pub url: Option<String>,
    /// When the link expires.
    pub expires_at: DateTime<Utc>,
}

/// The API of the user module for the other modules and the edge.
#[async_trait]
pub trait UserApi: Send + Sync {
    /// The users among `ids` that exist, in no particular order; at most 200 ids.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn find_users(&self, ids: &[UserId]) -> Result<Vec<UserView>, Failure>;

    /// The active users whom `names` name, each at the place of its name: by id, by username, or by an email address
    /// that is verified, so that nobody is taken for the owner of an address that is not theirs; at most 200 names.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn identify(&self, names: &[String]) -> Result<Vec<Option<UserId>>, Failure>;

    /// How to reach a user; `None` when there is no such user.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn contact(&self, id: UserId) -> Result<Option<ContactView>, Failure>;

    /// The keys whose signatures count at present.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure>;

    /// The keys that verify the credentials of this installation, such as Open Badges; the `key_id` of each is its URL.
    /// None of them verifies an access token.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn credential_keys(&self) -> Result<Vec<VerifyingKey>, Failure>;

    /// Signs the claims of a credential, a JSON object, as a VC-JWT with the newest of these keys.
    ///
    /// # Errors
    /// A [`Failure`] when the claims are no credential of this installation, or the module cannot answer now.
    async fn sign_credential(&self, claims: &str) -> Result<String, Failure>;

    /// The present roles of a user whose session is open, who is still allowed in, and whose
    /// rights have not changed since a token was issued for it at `issued_at` (seconds since 1970);
    /// `None` when the token is invalid.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now; the caller must refuse then.
    async fn session_open(
        &self,
        user: UserId,
        session: SessionId,
        issued_at: i64,
    ) -> Result<Option<Roles>, Failure>;

    /// The content of the email of a one-time token, the same for each call; `None` when the token
    /// was used, has expired or was replaced by a newer one, and nothing should be sent any more.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn email_content(&self, proof: OneTimeTokenId) -> Result<Option<EmailContent>, Failure>;

    /// Exchanges an API token for an access token of its scopes that is valid for a minute; `None`
    /// when it is invalid.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now; the caller must refuse then.
    async fn exchange(&self, api_token: &str) -> Result<Option<String>, Failure>;
}
