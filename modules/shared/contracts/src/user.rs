//! What the user module tells and answers.

mod events;
mod sagas;

pub use events::*;
pub use sagas::*;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{Failure, ProofId, SessionId, UserId};
use serde::{Deserialize, Serialize};

/// What everybody may know of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The person.
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
}

/// How to reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactView {
    /// The person.
    pub id: UserId,
    /// The name that they want to be shown by.
    pub display_name: String,
    /// Their address.
    pub email: String,
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

/// A mail that carries a secret link: what its sender asks for at the moment of sending, because
/// no event and no table may hold it. It has no `Debug`, so that no log shows the link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The address to write to; it need not be one that an account has.
    pub email: String,
    /// The name to greet; empty when none is known.
    pub display_name: String,
    /// A BCP 47 language tag, `en`.
    pub locale: String,
    /// The IANA time zone that its moments are told in; `UTC` when none is known.
    pub time_zone: String,
    /// The whole link, or none where the letter only informs.
    pub url: Option<String>,
    /// When the link counts no longer.
    pub expires_at: DateTime<Utc>,
}

/// What others may ask the user module.
#[async_trait]
pub trait UserApi: Send + Sync {
    /// The people among `ids` that exist, in no particular order; at most 200 ids.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn people(&self, ids: &[UserId]) -> Result<Vec<PersonView>, Failure>;

    /// How to reach a person; `None` when there is no such person.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn contact(&self, id: UserId) -> Result<Option<ContactView>, Failure>;

    /// The keys whose signatures count at present.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure>;

    /// Whether a session is still open, its person still allowed in, and a token that was issued
    /// for it at `issued_at` (seconds since 1970) not older than the last change of their rights.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now; the caller must refuse then.
    async fn session_open(
        &self,
        user: UserId,
        session: SessionId,
        issued_at: i64,
    ) -> Result<bool, Failure>;

    /// The letter of a proof, the same each time it is asked; `None` when the proof was used, has
    /// run out or was replaced by a newer one, and nothing should be sent any more.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn letter(&self, proof: ProofId) -> Result<Option<Letter>, Failure>;

    /// Exchanges an API token for an access token of its scopes that counts for a minute; `None`
    /// when it does not count.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now; the caller must refuse then.
    async fn exchange(&self, api_token: &str) -> Result<Option<String>, Failure>;
}
