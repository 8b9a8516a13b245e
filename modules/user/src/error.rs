//! Everything that the user module can fail with.

use std::time::Duration;

use database::idempotency::IdempotencyError;
use kernel::{Fault, FieldFault, Kind, SagaId, Stale, UserId};
use sea_orm::DbErr;

/// A failure of the user module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some fields break rules that a schema cannot say.
    #[error("some fields are not as they must be; each is named with what it must be")]
    Invalid(Vec<FieldFault>),
    /// Another account has this name or address.
    #[error("an account with this {0} exists already; log in, or choose another")]
    Taken(&'static str),
    #[error(
        "an account with this {0} has come into being meanwhile; register again with another one"
    )]
    TakenMeanwhile(&'static str),
    /// Name, address or password do not fit.
    #[error("the login or the password is wrong; check both")]
    WrongCredentials,
    /// Too many tries, of which those under way count too.
    #[error("too many tries in a short time; wait as long as Retry-After says and try again")]
    Delayed(Duration),
    /// The refresh token does not count.
    #[error("this refresh token does not count, or no longer; log in again")]
    RefreshRefused,
    /// The refresh token was used a moment ago.
    #[error(
        "this refresh token was used a moment ago; use the tokens of that answer, or try again in two seconds"
    )]
    RefreshRaced,
    /// The password that shows who the person is is not theirs.
    #[error("this is not your present password; type it again, or reset it")]
    WrongPassword,
    /// The code is not the authenticator's.
    #[error(
        "this code does not count; wait for the next one of your authenticator, or use a recovery code"
    )]
    WrongCode,
    /// Who has a second factor must show that one.
    #[error("your account has a second factor; send a code of it instead of the password")]
    CodeNeeded,
    /// The token that owes the second factor does not count.
    #[error("this mfa_token does not count, or no longer; log in again")]
    ChallengeRefused,
    /// The other provider's answer does not lead to an account.
    #[error("this sign-in does not count; begin it again")]
    ProviderRefused,
    /// There is no such provider.
    #[error("nobody can sign in with this provider here; GET /api/v1/auth/providers lists them")]
    NoProvider,
    /// The other provider does not answer as it should.
    #[error("the provider did not answer as it should; begin the sign-in again in a while")]
    ProviderAway,
    /// The other provider's address leads to an account, and not safely.
    #[error(
        "an account with this address exists, and it is not verified on both sides; log in to it and link this provider there: GET /api/v1/auth/providers/{{name}}/authorize with your access token"
    )]
    LinkFirst,
    /// The other provider does not vouch for an address.
    #[error(
        "the provider does not vouch for your address; verify it there and sign in again, or register here with a password"
    )]
    ProviderUnverified,
    /// The identity is somebody else's.
    #[error(
        "this identity is linked to another account; log in to that one with it, or unlink it there"
    )]
    IdentityTaken,
    /// A person has enough identities.
    #[error("you have 20 linked identities; unlink one that you do not need any more")]
    TooManyIdentities,
    /// There is no such identity.
    #[error("you have no linked identity with this id; GET /api/v1/users/me/identities lists them")]
    NoIdentity,
    /// Nothing else would let the person in.
    #[error(
        "nothing else would let you in; set a password first: POST /api/v1/auth/password/forgot, or link another provider"
    )]
    LastWayIn,
    /// The person has not shown lately who they are.
    #[error(
        "show once more who you are: POST /api/v1/auth/mfa/challenge with your code or password, then try again within ten minutes"
    )]
    StepUpNeeded,
    /// A second factor is there already.
    #[error("you have an authenticator already; remove it first: DELETE /api/v1/auth/mfa/totp")]
    MfaAlready,
    /// Nothing is to be confirmed.
    #[error("there is no authenticator to confirm; begin with POST /api/v1/auth/mfa/totp")]
    MfaNotBegun,
    /// There is no second factor.
    #[error("you have no authenticator; set one up with POST /api/v1/auth/mfa/totp")]
    MfaMissing,
    /// There is no second factor that an administrator could take away.
    #[error("this person has no authenticator, so there is nothing to remove")]
    NoFactor,
    /// A role wants the second factor.
    #[error(
        "your role needs a second factor, so it cannot be removed; ask an administrator to take the role away first"
    )]
    MfaRequired,
    /// Nobody may register.
    #[error("nobody can register here; ask the people who run this platform for an account")]
    RegistrationClosed,
    /// Nobody may be invited.
    #[error(
        "registration is closed here, by invitation too; make the account with gopro user create, or set auth.registration to invite"
    )]
    InvitationsClosed,
    /// Only who was invited may register.
    #[error(
        "an invitation is needed to register here; ask somebody who teaches here for one, and send its token as invitation"
    )]
    InvitationNeeded,
    /// Only administrators invite to other roles.
    #[error("only an administrator can invite to roles other than student")]
    InviteBeyond,
    /// There is no such open invitation.
    #[error("there is no open invitation with this id; GET /api/v1/auth/invitations lists them")]
    NoInvitation,
    /// A token of a link does not count.
    #[error(
        "this link does not count, or no longer: it works once and for a while; ask for a new one where you began"
    )]
    ProofRefused,
    /// An address got many letters lately.
    #[error("this address has had several mails within the hour; read them, or try again later")]
    TooManyLetters,
    /// A person had many letters sent lately.
    #[error("you have had many mails sent within the hour; try again when it is over")]
    TooManyAsked,
    /// A person has as many exports as they may have.
    #[error(
        "you have asked for ten exports within seven days; fetch one of them, or ask again when the oldest is gone"
    )]
    TooManyExports(Duration),
    /// The address must be verified first.
    #[error(
        "your address is not verified yet; open the link that was mailed to you, or ask for another: POST /api/v1/auth/email/resend"
    )]
    Unverified,
    /// A new password must be set first.
    #[error(
        "a new password must be set; open the link that was mailed to you, or ask for another: POST /api/v1/auth/password/forgot"
    )]
    ResetRequired,
    /// An administrator has shut the account out.
    #[error("this account is disabled; ask an administrator of this installation to enable it")]
    Disabled,
    /// The account waits to be erased.
    #[error("this account is about to be deleted; the link that was mailed to you keeps it")]
    Frozen,
    /// The account waits to be erased, and nothing of it can be changed.
    #[error(
        "this account is about to be deleted; wait until it is gone, or until its owner keeps it"
    )]
    BeingErased,
    /// Who is invited has an account.
    #[error(
        "somebody with this address has an account already; change their roles instead: PATCH /api/v1/users/{{id}}"
    )]
    InvitedAlready,
    /// A role beyond student is for whom it was meant.
    #[error("this invitation is for another address; register with the one that it was mailed to")]
    InvitedOther,
    /// There is no such API token.
    #[error("you have no API token with this id; GET /api/v1/users/me/tokens lists them")]
    NoApiToken,
    /// A person has enough API tokens.
    #[error("you have 50 API tokens; delete one that you do not need any more")]
    TooManyApiTokens,
    /// The setup token does not count.
    #[error(
        "this setup token does not count; restart the server to get a new one, or run: gopro user create --role admin"
    )]
    SetupRefused,
    /// There is no such account.
    #[error(
        "there is no account with this id; check it, or ask an administrator, who can list the accounts"
    )]
    NoAccount,
    /// There is no account that logs in like this.
    #[error("there is no account with this username or address; check how it is written")]
    NoLogin,
    /// There is no such export.
    #[error(
        "you have no export with this id, or not any more; ask for a new one: POST /api/v1/users/me/export"
    )]
    NoExport,
    /// The export is still being gathered, or failed.
    #[error("this export is not ready; GET /api/v1/users/me/export/{0} says how far it is")]
    ExportUnready(SagaId),
    /// Nobody asked to erase this account.
    #[error("there is no erasure of this account; DELETE /api/v1/users/{0} begins one")]
    NoErasure(UserId),
    /// Administrators erase themselves as everybody does.
    #[error("this is your own account; delete it with DELETE /api/v1/users/me")]
    EraseYourself,
    /// There is no such session.
    #[error("you have no open session with this id; GET /api/v1/users/me/sessions lists them")]
    NoSession,
    /// The platform would have no administrator left.
    #[error("this is the last administrator; make another person admin first")]
    LastAdmin,
    /// The hash queue is full.
    #[error("too many passwords are looked at just now; try again in a second")]
    Busy,
    /// The caller's copy is out of date.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The storage failed.
    #[error("the storage did not answer; try again")]
    Storage(#[from] DbErr),
    /// Hashing, signing, sealing or packing failed, which nobody outside can mend.
    #[error("{0}")]
    Internal(String),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::Taken(_)
            | Self::TakenMeanwhile(_)
            | Self::LastAdmin
            | Self::RefreshRaced
            | Self::MfaAlready
            | Self::MfaNotBegun
            | Self::MfaMissing
            | Self::NoFactor
            | Self::MfaRequired
            | Self::TooManyApiTokens
            | Self::IdentityTaken
            | Self::TooManyIdentities
            | Self::LastWayIn
            | Self::ExportUnready(_)
            | Self::BeingErased
            | Self::InvitedAlready
            | Self::EraseYourself => Kind::Conflict,
            Self::WrongCredentials
            | Self::RefreshRefused
            | Self::ChallengeRefused
            | Self::ProviderRefused
            | Self::StepUpNeeded => Kind::Unauthenticated,
            Self::SetupRefused
            | Self::WrongPassword
            | Self::WrongCode
            | Self::CodeNeeded
            | Self::RegistrationClosed
            | Self::InvitationsClosed
            | Self::InvitationNeeded
            | Self::InviteBeyond
            | Self::InvitedOther
            | Self::ProofRefused
            | Self::Unverified
            | Self::ResetRequired
            | Self::LinkFirst
            | Self::ProviderUnverified
            | Self::Disabled
            | Self::Frozen => Kind::Forbidden,
            Self::Delayed(_)
            | Self::TooManyLetters
            | Self::TooManyAsked
            | Self::TooManyExports(_) => Kind::Limited,
            Self::NoAccount
            | Self::NoLogin
            | Self::NoSession
            | Self::NoInvitation
            | Self::NoExport
            | Self::NoErasure(_)
            | Self::NoApiToken
            | Self::NoProvider
            | Self::NoIdentity => Kind::NotFound,
            Self::Busy | Self::ProviderAway => Kind::Unavailable,
            Self::Stale(stale) => stale.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Storage(error) => database::kind(error),
            Self::Internal(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Invalid(_) => "request.invalid",
            Self::Taken(_) | Self::TakenMeanwhile(_) => "user.taken",
            Self::WrongCredentials => "auth.wrong_credentials",
            Self::Delayed(_) => "auth.delayed",
            Self::RefreshRefused => "auth.refresh_refused",
            Self::RefreshRaced => "auth.refresh_raced",
            Self::SetupRefused => "auth.setup_refused",
            Self::WrongPassword => "auth.wrong_password",
            Self::WrongCode => "auth.wrong_code",
            Self::CodeNeeded => "auth.code_needed",
            Self::ChallengeRefused => "auth.challenge_refused",
            Self::ProviderRefused => "auth.provider_refused",
            Self::NoProvider => "auth.provider_not_found",
            Self::ProviderAway => "auth.provider_unavailable",
            Self::LinkFirst => "auth.link_first",
            Self::ProviderUnverified => "auth.provider_unverified",
            Self::IdentityTaken => "user.identity_taken",
            Self::TooManyIdentities => "user.too_many_identities",
            Self::NoIdentity => "user.identity_not_found",
            Self::LastWayIn => "user.last_way_in",
            Self::StepUpNeeded => "auth.step_up_needed",
            Self::MfaAlready => "auth.mfa_already",
            Self::MfaNotBegun => "auth.mfa_not_begun",
            Self::MfaMissing | Self::NoFactor => "auth.mfa_missing",
            Self::MfaRequired => "auth.mfa_required",
            Self::RegistrationClosed | Self::InvitationsClosed => "auth.registration_closed",
            Self::InvitationNeeded => "auth.invitation_needed",
            Self::InviteBeyond => "auth.invite_beyond",
            Self::NoInvitation => "user.invitation_not_found",
            Self::InvitedAlready => "user.taken",
            Self::InvitedOther => "auth.invited_other",
            Self::BeingErased => "user.being_erased",
            Self::ProofRefused => "auth.link_refused",
            Self::TooManyLetters | Self::TooManyAsked => "auth.too_many_mails",
            Self::TooManyExports(_) => "user.too_many_exports",
            Self::Unverified => "auth.unverified",
            Self::ResetRequired => "auth.reset_required",
            Self::Disabled => "auth.disabled",
            Self::Frozen => "auth.frozen",
            Self::NoApiToken => "auth.api_token_not_found",
            Self::TooManyApiTokens => "user.too_many_api_tokens",
            Self::NoAccount | Self::NoLogin => "user.not_found",
            Self::NoExport => "user.export_not_found",
            Self::ExportUnready(_) => "user.export_not_ready",
            Self::NoErasure(_) => "user.erasure_not_found",
            Self::EraseYourself => "user.erase_yourself",
            Self::NoSession => "user.session_not_found",
            Self::LastAdmin => "user.last_admin",
            Self::Busy => "auth.busy",
            Self::Stale(stale) => stale.code(),
            Self::Idempotency(error) => error.code(),
            Self::Storage(_) => "storage.failed",
            Self::Internal(_) => "server.failed",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::InvitedAlready => {
                vec![FieldFault::new("/email", "taken", "has an account already")]
            }
            Self::InvitedOther => {
                let message = "must be the address that the invitation was mailed to";
                vec![FieldFault::new("/email", "invited_other", message)]
            }
            Self::Taken(field) => vec![FieldFault::new(format!("/{field}"), "taken", "is taken")],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Delayed(wait) | Self::TooManyExports(wait) => Some(*wait),
            Self::Busy => Some(Duration::from_secs(1)),
            Self::TooManyLetters | Self::TooManyAsked => Some(Duration::from_secs(3600)),
            Self::RefreshRaced => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}
