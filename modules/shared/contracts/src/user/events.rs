//! The events of the user module. None carries a password, a token or a link.

use kernel::{Event, OneTimeTokenId, Roles, SessionId, UserId};
use serde::{Deserialize, Serialize};

/// A user has registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCreated {
    /// The user.
    pub user_id: UserId,
    /// Unique without regard to case.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// Needed by notification to write to them.
    pub email: String,
    /// Whether it was shown that they read that address.
    #[serde(default)]
    pub email_verified: bool,
    /// A BCP 47 language tag.
    pub locale: String,
    /// An IANA time zone.
    pub time_zone: String,
    /// What they are.
    pub roles: Roles,
}

/// A user's names, address, locale or zone have changed; carries all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserUpdated {
    /// The user.
    pub user_id: UserId,
    /// Unique without regard to case.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// Needed by notification to write to them.
    pub email: String,
    /// Whether it was shown that they read that address.
    #[serde(default)]
    pub email_verified: bool,
    /// A BCP 47 language tag.
    pub locale: String,
    /// An IANA time zone.
    pub time_zone: String,
}

/// A user's account is gone; every module forgets them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDeleted {
    /// The user.
    pub user_id: UserId,
}

/// A user has opened a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLoggedIn {
    /// The user.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}

/// A user has ended a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLoggedOut {
    /// The user.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}

/// An administrator has changed what a user is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRoleChanged {
    /// The user.
    pub user_id: UserId,
    /// What they are now.
    pub roles: Roles,
}

/// A refresh token came back after its successor was used: the session was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSuspiciousLogin {
    /// The user.
    pub user_id: UserId,
    /// The session that was ended.
    pub session_id: SessionId,
}

/// A user has chosen another password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPasswordChanged {
    /// The user.
    pub user_id: UserId,
    /// Whether it was set by the link of an email.
    #[serde(default)]
    pub reset: bool,
    /// How many sessions ended with it; unknown in an event of an earlier release.
    #[serde(default)]
    pub sessions_ended: Option<u64>,
    /// How many API tokens were deleted with it.
    #[serde(default)]
    pub api_tokens_ended: u64,
    /// How many API tokens stayed.
    #[serde(default)]
    pub api_tokens_kept: u64,
    /// How many linked identities were removed with it.
    #[serde(default)]
    pub identities_ended: u64,
    /// How many linked identities stayed.
    #[serde(default)]
    pub identities_kept: u64,
    /// Whether the second factor was removed with it.
    #[serde(default)]
    pub second_factor_ended: bool,
}

/// A user, or an administrator for them, wants to set a new password by a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPasswordResetRequested {
    /// The user.
    pub user_id: UserId,
    /// The token whose email is to be sent.
    pub token_id: OneTimeTokenId,
    /// Whether an administrator wants it, so that the old password counts no longer.
    #[serde(default)]
    pub required: bool,
}

/// An address is to be shown to be somebody's. The somebody may not have an account yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailVerificationRequested {
    /// The token whose email is to be sent.
    pub token_id: OneTimeTokenId,
}

/// Somebody registered with an address that has an account; its owner is notified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRegistrationRepeated {
    /// The token whose email is to be sent.
    pub token_id: OneTimeTokenId,
}

/// A user has shown that their address is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailVerified {
    /// The user.
    pub user_id: UserId,
}

/// A user wants another address, which is to be confirmed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailChangeRequested {
    /// The user.
    pub user_id: UserId,
    /// The token of the email to the new address.
    pub token_id: OneTimeTokenId,
}

/// A user's address has changed; the old one is notified and can undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEmailChanged {
    /// The user.
    pub user_id: UserId,
    /// The token of the email to the old address.
    pub token_id: OneTimeTokenId,
}

/// Somebody is invited to make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInvited {
    /// The token whose email is to be sent.
    pub token_id: OneTimeTokenId,
}

/// A user's second factor came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMfaChanged {
    /// The user.
    pub user_id: UserId,
    /// Whether one is required now.
    pub enabled: bool,
}

/// A user can sign in with an account at another provider from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIdentityLinked {
    /// The user.
    pub user_id: UserId,
    /// What the provider is called here.
    pub provider: String,
}

/// An administrator has shut a user out, or let them in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLocked {
    /// The user.
    pub user_id: UserId,
    /// Whether the account is disabled now.
    pub locked: bool,
}

/// Somebody other than the user at that device has ended a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSessionRevoked {
    /// The user.
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
    const AGGREGATE: &'static str = "one_time_token";
    fn subject(&self) -> String {
        self.token_id.to_string()
    }
}

impl Event for UserRegistrationRepeated {
    const TYPE: &'static str = "user.registration_repeated.v1";
    const AGGREGATE: &'static str = "one_time_token";
    fn subject(&self) -> String {
        self.token_id.to_string()
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
    const AGGREGATE: &'static str = "one_time_token";
    fn subject(&self) -> String {
        self.token_id.to_string()
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
