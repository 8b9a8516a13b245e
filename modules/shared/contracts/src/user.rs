//! What the user module tells and answers.

use async_trait::async_trait;
use kernel::{Event, Failure, Roles, SessionId, UserId};
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
}

/// A person has registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCreated {
    /// The person.
    pub user_id: UserId,
    /// Unique without regard to case.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// Needed by notification to write to them.
    pub email: String,
    /// A BCP 47 language tag.
    pub locale: String,
    /// An IANA time zone.
    pub time_zone: String,
    /// What they are.
    pub roles: Roles,
}

/// A person's names, address, locale or zone have changed; carries all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserUpdated {
    /// The person.
    pub user_id: UserId,
    /// Unique without regard to case.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// Needed by notification to write to them.
    pub email: String,
    /// A BCP 47 language tag.
    pub locale: String,
    /// An IANA time zone.
    pub time_zone: String,
}

/// A person's account is gone; every module forgets them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDeleted {
    /// The person.
    pub user_id: UserId,
}

/// A person has opened a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLoggedIn {
    /// The person.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}

/// A person has ended a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLoggedOut {
    /// The person.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}

/// An administrator has changed what a person is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRoleChanged {
    /// The person.
    pub user_id: UserId,
    /// What they are now.
    pub roles: Roles,
}

/// A refresh token came back after its successor was used: the session was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSuspiciousLogin {
    /// The person.
    pub user_id: UserId,
    /// The session that was ended.
    pub session_id: SessionId,
}

impl Event for UserCreated {
    const TYPE: &'static str = "user.created.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserUpdated {
    const TYPE: &'static str = "user.updated.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserDeleted {
    const TYPE: &'static str = "user.deleted.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserLoggedIn {
    const TYPE: &'static str = "user.logged_in.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserLoggedOut {
    const TYPE: &'static str = "user.logged_out.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserRoleChanged {
    const TYPE: &'static str = "user.role_changed.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserSuspiciousLogin {
    const TYPE: &'static str = "user.suspicious_login.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}
