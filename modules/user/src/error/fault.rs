//! The kind and the code that each failure has for callers.

use std::time::Duration;

use kernel::{Fault, FieldFault, Kind};

use super::Error;

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::Taken(_)
            | Self::TakenMeanwhile(_)
            | Self::LastAdmin
            | Self::MfaAlready
            | Self::MfaNotBegun
            | Self::MfaMissing
            | Self::NoFactor
            | Self::MfaRequired
            | Self::TooManyApiTokens(_)
            | Self::IdentityTaken
            | Self::TooManyIdentities(_)
            | Self::LastWayIn
            | Self::ExportUnready(_)
            | Self::BeingErased
            | Self::EnableFirst
            | Self::InvitedAlready
            | Self::InvitationAccepted
            | Self::EraseYourself => Kind::Conflict,
            Self::WrongCredentials
            | Self::RefreshRefused
            | Self::ChallengeRefused
            | Self::ProviderRefused
            | Self::StepUpNeeded(_) => Kind::Unauthenticated,
            Self::SetupRefused
            | Self::WrongPassword
            | Self::WrongCode
            | Self::CodeNeeded
            | Self::RegistrationClosed
            | Self::InvitationsClosed
            | Self::InvitationNeeded
            | Self::InviteBeyond
            | Self::InvitedOther
            | Self::OneTimeTokenRefused
            | Self::Unverified
            | Self::ResetRequired
            | Self::LinkFirst
            | Self::ProviderCanceled
            | Self::ProviderUnverified
            | Self::Disabled
            | Self::DeletionScheduled => Kind::Forbidden,
            Self::Delayed(_)
            | Self::TooManyEmails
            | Self::TooManyRequested
            | Self::Downloading
            | Self::TooManyExports { .. } => Kind::Limited,
            Self::NoAccount
            | Self::NoLogin
            | Self::NoSession
            | Self::NoInvitation
            | Self::NoExport
            | Self::NoErasure(_)
            | Self::NoApiToken
            | Self::NoProvider
            | Self::NoIdentity => Kind::NotFound,
            Self::Busy | Self::Crowded | Self::ProviderUnavailable => Kind::Unavailable,
            Self::Stale(stale) => stale.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Storage(error) => database::kind(error),
            Self::Internal(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Invalid(_) => "request.invalid",
            Self::Taken("username") | Self::TakenMeanwhile("username") => "user.username_taken",
            Self::Taken(_) | Self::TakenMeanwhile(_) | Self::InvitedAlready => "user.email_taken",
            Self::WrongCredentials => "auth.credentials_invalid",
            Self::Delayed(_) => "auth.too_many_attempts",
            Self::RefreshRefused => "auth.refresh_token_invalid",
            Self::SetupRefused => "auth.setup_token_invalid",
            Self::WrongPassword => "auth.password_invalid",
            Self::WrongCode => "auth.mfa_code_invalid",
            Self::CodeNeeded => "auth.mfa_code_required",
            Self::ChallengeRefused => "auth.mfa_token_invalid",
            Self::ProviderRefused => "auth.sign_in_invalid",
            Self::ProviderCanceled => "auth.sign_in_canceled",
            Self::NoProvider => "auth.provider_not_found",
            Self::ProviderUnavailable => "auth.provider_unavailable",
            Self::LinkFirst => "auth.identity_link_required",
            Self::ProviderUnverified => "auth.provider_email_unverified",
            Self::IdentityTaken => "user.identity_taken",
            Self::TooManyIdentities(_) => "user.identity_limit_exceeded",
            Self::NoIdentity => "user.identity_not_found",
            Self::LastWayIn => "user.last_credential",
            Self::StepUpNeeded(_) => "auth.step_up_required",
            Self::MfaAlready => "auth.mfa_already_enabled",
            Self::MfaNotBegun => "auth.mfa_enrollment_not_started",
            Self::MfaMissing | Self::NoFactor => "auth.mfa_not_enabled",
            Self::MfaRequired => "auth.mfa_required",
            Self::RegistrationClosed | Self::InvitationsClosed => "auth.registration_closed",
            Self::InvitationNeeded => "auth.invitation_required",
            Self::InviteBeyond => "auth.invitation_role_forbidden",
            Self::NoInvitation => "user.invitation_not_found",
            Self::InvitationAccepted => "user.invitation_accepted",
            Self::InvitedOther => "auth.invitation_email_mismatch",
            Self::BeingErased => "user.deletion_scheduled",
            Self::EnableFirst => "user.disabled",
            Self::OneTimeTokenRefused => "auth.link_invalid",
            Self::TooManyEmails | Self::TooManyRequested => "auth.email_limit_exceeded",
            Self::TooManyExports { .. } => "user.export_limit_exceeded",
            Self::Unverified => "auth.email_unverified",
            Self::ResetRequired => "auth.password_reset_required",
            Self::Disabled => "auth.account_disabled",
            Self::DeletionScheduled => "auth.deletion_scheduled",
            Self::NoApiToken => "user.api_token_not_found",
            Self::TooManyApiTokens(_) => "user.api_token_limit_exceeded",
            Self::NoAccount | Self::NoLogin => "user.not_found",
            Self::NoExport => "user.export_not_found",
            Self::ExportUnready(_) => "user.export_not_ready",
            Self::NoErasure(_) => "user.erasure_not_found",
            Self::EraseYourself => "user.self_deletion_forbidden",
            Self::NoSession => "user.session_not_found",
            Self::LastAdmin => "user.last_admin",
            Self::Busy | Self::Crowded => "auth.busy",
            Self::Downloading => "user.export_download_running",
            Self::Stale(stale) => stale.code(),
            Self::Idempotency(error) => error.code(),
            Self::Storage(error) => database::code(error),
            Self::Internal(_) => "server.internal_error",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::InvitedAlready => {
                vec![FieldFault::new("/email", "taken", "already has an account")]
            }
            Self::InvitedOther => {
                let message = "must be the address that the invitation was sent to";
                vec![FieldFault::new("/email", "invitation_mismatch", message)]
            }
            Self::Taken(field) => vec![FieldFault::new(format!("/{field}"), "taken", "is taken")],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Delayed(wait) | Self::TooManyExports { wait, .. } => Some(*wait),
            Self::Busy | Self::Crowded => Some(Duration::from_secs(1)),
            Self::Downloading => Some(Duration::from_secs(5)),
            Self::TooManyEmails | Self::TooManyRequested => Some(Duration::from_secs(3600)),
            _ => None,
        }
    }
}
