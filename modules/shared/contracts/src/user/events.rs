//! What the user module tells. No event carries a password, a token or a link.

use kernel::{Event, ProofId, Roles, SessionId, UserId};
use serde::{Deserialize, Serialize};

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

/// A person has chosen another password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPasswordChanged {
    /// The person.
    pub user_id: UserId,
}

/// A person, or an administrator for them, wants to set a new password by a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPasswordResetRequested {
    /// The person.
    pub user_id: UserId,
    /// Names the letter to ask for.
    pub proof_id: ProofId,
    /// Whether an administrator wants it, so that the old password counts no longer.
    #[serde(default)]
    pub required: bool,
}

/// An address is to be shown to be somebody's. The somebody may not have an account yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailVerificationRequested {
    /// Names the letter to ask for.
    pub proof_id: ProofId,
}

/// Somebody registered with an address that has an account; its owner is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRegistrationRepeated {
    /// Names the letter to ask for.
    pub proof_id: ProofId,
}

/// A person has shown that their address is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailVerified {
    /// The person.
    pub user_id: UserId,
}

/// A person wants another address, which is to be confirmed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailChangeRequested {
    /// The person.
    pub user_id: UserId,
    /// Names the letter to the new address.
    pub proof_id: ProofId,
}

/// A person has another address; the old one is told and can undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailChanged {
    /// The person.
    pub user_id: UserId,
    /// Names the letter to the old address.
    pub proof_id: ProofId,
}

/// Somebody is invited to make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInvited {
    /// Names the letter to ask for.
    pub proof_id: ProofId,
}

/// A person's second factor came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMfaChanged {
    /// The person.
    pub user_id: UserId,
    /// Whether one is asked for now.
    pub enabled: bool,
}

/// A person can sign in with an account at another provider from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIdentityLinked {
    /// The person.
    pub user_id: UserId,
    /// What the provider is called here.
    pub provider: String,
}

/// An administrator has shut a person out, or let them in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLocked {
    /// The person.
    pub user_id: UserId,
    /// Whether they are shut out now.
    pub locked: bool,
}

/// Somebody other than the person at that device has ended a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSessionRevoked {
    /// The person.
    pub user_id: UserId,
    /// The session.
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

impl Event for UserPasswordChanged {
    const TYPE: &'static str = "user.password_changed.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserPasswordResetRequested {
    const TYPE: &'static str = "user.password_reset_requested.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserEmailVerificationRequested {
    const TYPE: &'static str = "user.email_verification_requested.v1";
    const AGGREGATE: &'static str = "proof";
    fn subject(&self) -> String {
        self.proof_id.to_string()
    }
}

impl Event for UserRegistrationRepeated {
    const TYPE: &'static str = "user.registration_repeated.v1";
    const AGGREGATE: &'static str = "proof";
    fn subject(&self) -> String {
        self.proof_id.to_string()
    }
}

impl Event for UserEmailVerified {
    const TYPE: &'static str = "user.email_verified.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserEmailChangeRequested {
    const TYPE: &'static str = "user.email_change_requested.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserEmailChanged {
    const TYPE: &'static str = "user.email_changed.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserInvited {
    const TYPE: &'static str = "user.invited.v1";
    const AGGREGATE: &'static str = "proof";
    fn subject(&self) -> String {
        self.proof_id.to_string()
    }
}

impl Event for UserMfaChanged {
    const TYPE: &'static str = "user.mfa_changed.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserIdentityLinked {
    const TYPE: &'static str = "user.identity_linked.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserLocked {
    const TYPE: &'static str = "user.locked.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserSessionRevoked {
    const TYPE: &'static str = "user.session_revoked.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}
