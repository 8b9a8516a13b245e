//! What the audit log calls the security events.

use kernel::UserId;
use serde_json::Value;

/// A security event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuditAction {
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    AccountErased,
    AccountRequested,
    ApiTokenCreated,
    ApiTokenDeleted,
    EmailChangeRequested,
    EmailVerified,
    ErasureFinished,
    ErasureRequested,
    ErasureUndone,
    ExportRequested,
    IdentityLinked,
    IdentityRefused,
    IdentityUnlinked,
    InvitationAccepted,
    InvitationCreated,
    InvitationWithdrawn,
    KeyRotated,
    MasterKeyReplaced,
    EmailRefused,
    LoginChallenged,
    LoginFailed,
    LoginRefused,
    LoginSucceeded,
    MfaCodesReplaced,
    MfaDisabled,
    MfaEnabled,
    MfaFailed,
    MfaRecoveryCodeUsed,
    MfaRemoved,
    PasswordChanged,
    PasswordForgotten,
    PasswordReset,
    PasswordResetStarted,
    PasswordWrong,
    RolesChanged,
    SagaRetried,
    SessionEnded,
    SessionReplayed,
    SessionSteppedUp,
    SessionsEnded,
}

/// A security event with all that is recorded of it.
pub(crate) struct NewEntry {
    pub action: AuditAction,
    /// Whom it concerns.
    pub subject: Option<UserId>,
    /// What else there is to know; it holds no secret.
    pub detail: Value,
}

impl AuditAction {
    pub(crate) fn about(self, subject: impl Into<Option<UserId>>, detail: Value) -> NewEntry {
        NewEntry {
            action: self,
            subject: subject.into(),
            detail,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AccountCreated => "account.created",
            Self::AccountDisabled => "account.disabled",
            Self::AccountEnabled => "account.enabled",
            Self::AccountErased => "account.erased",
            Self::AccountRequested => "account.requested",
            Self::ApiTokenCreated => "api_token.created",
            Self::ApiTokenDeleted => "api_token.deleted",
            Self::EmailChangeRequested => "email.change_requested",
            Self::EmailVerified => "email.verified",
            Self::ErasureFinished => "erasure.finished",
            Self::ErasureRequested => "erasure.requested",
            Self::ErasureUndone => "erasure.undone",
            Self::ExportRequested => "export.requested",
            Self::IdentityLinked => "identity.linked",
            Self::IdentityRefused => "identity.refused",
            Self::IdentityUnlinked => "identity.unlinked",
            Self::InvitationAccepted => "invitation.accepted",
            Self::InvitationCreated => "invitation.created",
            Self::InvitationWithdrawn => "invitation.withdrawn",
            Self::KeyRotated => "key.rotated",
            Self::MasterKeyReplaced => "master_key.replaced",
            Self::EmailRefused => "email.refused",
            Self::LoginChallenged => "login.challenged",
            Self::LoginFailed => "login.failed",
            Self::LoginRefused => "login.refused",
            Self::LoginSucceeded => "login.succeeded",
            Self::MfaCodesReplaced => "mfa.codes_replaced",
            Self::MfaDisabled => "mfa.disabled",
            Self::MfaEnabled => "mfa.enabled",
            Self::MfaFailed => "mfa.failed",
            Self::MfaRecoveryCodeUsed => "mfa.recovery_code_used",
            Self::MfaRemoved => "mfa.removed",
            Self::PasswordChanged => "password.changed",
            Self::PasswordForgotten => "password.forgotten",
            Self::PasswordReset => "password.reset",
            Self::PasswordResetStarted => "password.reset_started",
            Self::PasswordWrong => "password.wrong",
            Self::RolesChanged => "roles.changed",
            Self::SagaRetried => "saga.retried",
            Self::SessionEnded => "session.ended",
            Self::SessionReplayed => "session.replayed",
            Self::SessionSteppedUp => "session.stepped_up",
            Self::SessionsEnded => "sessions.ended",
        }
    }
}
