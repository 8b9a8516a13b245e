//! Everything that the user module can fail with.

mod fault;

use std::time::Duration;

use database::idempotency::IdempotencyError;
use kernel::{FieldFault, SagaId, Stale, UserId};
use sea_orm::DbErr;

/// A failure of the user module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some fields break rules that a schema cannot say.
    #[error("some fields are invalid; see `errors`")]
    Invalid(Vec<FieldFault>),
    /// Another account has this name or address.
    #[error("an account with this {0} already exists; log in, or choose another {0}")]
    Taken(&'static str),
    #[error(
        "somebody else has registered this {0} in the meantime; register again with another one"
    )]
    TakenMeanwhile(&'static str),
    /// Name, address or password do not fit.
    #[error("the login or the password is incorrect; check both")]
    WrongCredentials,
    /// Too many tries, of which those under way count too.
    #[error(
        "too many failed attempts; wait for the seconds in Retry-After, or reset the password: POST /api/v1/auth/password/forgot"
    )]
    Delayed(Duration),
    /// The refresh token is invalid.
    #[error("this refresh token is invalid or has expired; log in again")]
    RefreshRefused,
    /// The password that shows who the user is is not theirs.
    #[error(
        "the current password is incorrect, or the account has none; try again, or set a new one: POST /api/v1/auth/password/forgot"
    )]
    WrongPassword,
    /// The code is not the authenticator's.
    #[error(
        "this code is incorrect or already used; wait for the next one in your authenticator app, or use a recovery code"
    )]
    WrongCode,
    /// Who has a second factor must show that one.
    #[error("your account uses MFA; send a code instead of the password")]
    CodeNeeded,
    /// The token that owes the second factor is invalid.
    #[error("this mfa_token is invalid or has expired; log in again")]
    ChallengeRefused,
    /// The other provider's answer does not lead to an account.
    #[error(
        "this sign-in is invalid or has expired; start again: GET /api/v1/auth/providers/{{name}}/authorize"
    )]
    ProviderRefused,
    /// The user has changed their mind at the provider.
    #[error(
        "the sign-in was canceled or not allowed at the provider; to sign in, start again: GET /api/v1/auth/providers/{{name}}/authorize"
    )]
    ProviderCanceled,
    /// There is no such provider.
    #[error("this provider is not available here; GET /api/v1/auth/providers lists those that are")]
    NoProvider,
    /// The other provider does not answer as it should.
    #[error("the identity provider is unavailable; start the sign-in again later")]
    ProviderUnavailable,
    /// The other provider's address leads to an account, and not safely.
    #[error(
        "an account with this address exists, but the address is not verified both here and at the provider; log in and link the provider there: GET /api/v1/auth/providers/{{name}}/authorize with your access token"
    )]
    LinkFirst,
    /// The other provider does not vouch for an address.
    #[error(
        "the provider has not verified your email address; verify it there and sign in again, or register with a password: POST /api/v1/auth/register"
    )]
    ProviderUnverified,
    /// The identity is somebody else's.
    #[error(
        "this identity is linked to another account; log in to that one with it, or unlink it there"
    )]
    IdentityTaken,
    /// A user has enough identities.
    #[error(
        "you have {0} linked identities, which is the maximum; unlink one: DELETE /api/v1/users/me/identities/{{identity}}"
    )]
    TooManyIdentities(usize),
    /// There is no such identity.
    #[error("you have no linked identity with this ID; GET /api/v1/users/me/identities lists them")]
    NoIdentity,
    /// Nothing else would let the user in.
    #[error(
        "this is your only way to log in; set a password first: POST /api/v1/auth/password/forgot, or link another provider"
    )]
    LastWayIn,
    /// The user has not shown lately who they are.
    #[error(
        "this operation requires recent authentication; call POST /api/v1/auth/mfa/challenge with a code or your password, then try again within {0} minutes"
    )]
    StepUpNeeded(i64),
    /// A second factor is there already.
    #[error("you already have an authenticator app; remove it first: DELETE /api/v1/auth/mfa/totp")]
    MfaAlready,
    /// Nothing is to be confirmed.
    #[error("there is no authenticator app to confirm; start with POST /api/v1/auth/mfa/totp")]
    MfaNotBegun,
    /// There is no second factor.
    #[error("you have no authenticator app; set one up: POST /api/v1/auth/mfa/totp")]
    MfaMissing,
    /// There is no second factor that an administrator could take away.
    #[error("this user has no authenticator app, so there is nothing to remove")]
    NoFactor,
    /// A role wants the second factor.
    #[error(
        "your role requires MFA, so it cannot be disabled; ask an administrator to remove the role first"
    )]
    MfaRequired,
    /// Nobody may register.
    #[error("registration is closed; ask the operator for an account")]
    RegistrationClosed,
    /// Nobody may be invited.
    #[error(
        "registration is closed, so nobody can be invited; create the account with gopro user create, or set auth.registration to invite"
    )]
    InvitationsClosed,
    /// Only who was invited may register.
    #[error(
        "an invitation is required to register here; ask an instructor for one, and send its token as invitation"
    )]
    InvitationNeeded,
    /// Only administrators invite to other roles.
    #[error("only an administrator can invite to roles other than student")]
    InviteBeyond,
    /// There is no such invitation.
    #[error("there is no invitation with this ID; GET /api/v1/auth/invitations lists them")]
    NoInvitation,
    /// Somebody has registered with the invitation.
    #[error(
        "this invitation was accepted, so it cannot be revoked; an administrator can disable the account"
    )]
    InvitationAccepted,
    /// A token of a link is invalid.
    #[error("this link is invalid, expired, or already used; request a new email")]
    OneTimeTokenRefused,
    /// An address got many emails lately.
    #[error(
        "too many emails were sent within the last hour; try again after the seconds in Retry-After"
    )]
    TooManyEmails,
    /// A user had many emails sent lately.
    #[error(
        "too many emails were sent within the last hour; try again after the seconds in Retry-After"
    )]
    TooManyRequested,
    /// A user has as many exports as they may have.
    #[error(
        "you have requested {most} exports within {days} days; download one of them, or try again after the seconds in Retry-After"
    )]
    TooManyExports {
        /// How many exports a user can have.
        most: usize,
        /// For how many days each is kept.
        days: i64,
        /// How long until another one can be requested.
        wait: Duration,
    },
    /// The address must be verified first.
    #[error(
        "your email address is not verified yet; open the link in the email, or request another one: POST /api/v1/auth/email/resend"
    )]
    Unverified,
    /// A new password must be set first.
    #[error(
        "a new password is required; open the link in the email, or request another one: POST /api/v1/auth/password/forgot"
    )]
    ResetRequired,
    /// An administrator has shut the account out.
    #[error("this account is disabled; ask an administrator of this installation to enable it")]
    Disabled,
    /// The account waits to be erased.
    #[error("this account is scheduled for deletion; to keep it, open the link in the email")]
    DeletionScheduled,
    /// The account waits to be erased, and nothing of it can be changed.
    #[error(
        "this account is scheduled for deletion and cannot be changed; only its owner can keep it, with the link in the email"
    )]
    BeingErased,
    /// The account is disabled, so no link that it is sent counts.
    #[error("this account is disabled; enable it first: PATCH /api/v1/users/{{id}}")]
    EnableFirst,
    /// Who is invited has an account.
    #[error(
        "somebody with this address already has an account; change their roles instead: PATCH /api/v1/users/{{id}}"
    )]
    InvitedAlready,
    /// A role beyond student is for whom it was meant.
    #[error(
        "this invitation is for another address; register with the address that it was sent to"
    )]
    InvitedOther,
    /// There is no such API token.
    #[error("you have no API token with this ID; GET /api/v1/users/me/tokens lists them")]
    NoApiToken,
    /// A user has enough API tokens.
    #[error(
        "you have {0} API tokens, which is the maximum; delete one: DELETE /api/v1/users/me/tokens/{{token_id}}"
    )]
    TooManyApiTokens(u64),
    /// The setup token is invalid.
    #[error(
        "this setup token is invalid or was replaced; restart the server to get a new one, or run: gopro user create --role admin"
    )]
    SetupRefused,
    /// There is no such account.
    #[error(
        "there is no account with this ID; check it, or ask an administrator, who can list the accounts"
    )]
    NoAccount,
    /// There is no account that logs in like this.
    #[error("there is no account with this username or email address; check the spelling")]
    NoLogin,
    /// There is no such export.
    #[error(
        "you have no export with this ID, or it has expired; request a new one: POST /api/v1/users/me/export"
    )]
    NoExport,
    /// The export is still being gathered, or failed.
    #[error(
        "this export is not ready; GET /api/v1/users/me/export/{0} says how far it is; if it failed, request a new one"
    )]
    ExportUnready(SagaId),
    /// No erasure of this account was requested.
    #[error("there is no erasure of this account; DELETE /api/v1/users/{0} starts one")]
    NoErasure(UserId),
    /// Administrators erase themselves as everybody does.
    #[error("this is your own account; delete it with DELETE /api/v1/users/me")]
    EraseYourself,
    /// There is no such session.
    #[error("you have no open session with this ID; GET /api/v1/users/me/sessions lists them")]
    NoSession,
    /// The platform would have no administrator left.
    #[error("this is the last administrator; make another user an administrator first")]
    LastAdmin,
    /// The hash queue is full.
    #[error("too many password checks are in progress; try again in a second")]
    Busy,
    /// Many tries of one name wait for each other.
    #[error("too many attempts for this login are in progress; try again in a second")]
    Crowded,
    /// The user downloads an export already.
    #[error("you are downloading an export already; wait until that download has finished")]
    Downloading,
    /// The caller's copy is out of date.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The storage failed.
    #[error("the database is unavailable; try again in a second")]
    Storage(#[from] DbErr),
    /// Hashing, signing, sealing or packing failed, which nobody outside can mend.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }
}
