//! Everything that the user module can fail with.

use std::time::Duration;

use database::idempotency::IdempotencyError;
use kernel::{Fault, FieldFault, Kind, Stale};
use sea_orm::DbErr;

/// A failure of the user module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some fields break rules that a schema cannot say.
    #[error("some fields are not as they must be; errors names each of them")]
    Invalid(Vec<FieldFault>),
    /// Another account has this name or address.
    #[error("an account with this {0} exists already; log in, or choose another")]
    Taken(&'static str),
    /// Name, address or password do not fit.
    #[error("the login or the password is wrong; check both")]
    WrongCredentials,
    /// Too many wrong passwords.
    #[error("too many failed logins; wait and try again")]
    Delayed(Duration),
    /// The refresh token does not count.
    #[error("this refresh token does not count, or no longer; log in again")]
    RefreshRefused,
    /// The refresh token was used a moment ago.
    #[error(
        "this refresh token was used a moment ago; use the tokens of that answer, or try again in two seconds"
    )]
    RefreshRaced,
    /// The setup token does not count.
    #[error(
        "this setup token does not count; restart the server to get a new one, or run: gopro user create --role admin"
    )]
    SetupRefused,
    /// There is no such account.
    #[error("there is no account with this id")]
    NoAccount,
    /// There is no such session.
    #[error("you have no open session with this id; GET /api/v1/users/me/sessions lists them")]
    NoSession,
    /// The platform would have no administrator left.
    #[error("this is the last administrator; make another person admin first")]
    LastAdmin,
    /// The hash queue is full.
    #[error("too many logins at once; try again in a second")]
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
    /// Hashing, signing or sealing failed.
    #[error("{0}")]
    Cryptography(String),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::Taken(_) | Self::LastAdmin | Self::RefreshRaced => Kind::Conflict,
            Self::WrongCredentials | Self::RefreshRefused => Kind::Unauthenticated,
            Self::SetupRefused => Kind::Forbidden,
            Self::Delayed(_) => Kind::Limited,
            Self::NoAccount | Self::NoSession => Kind::NotFound,
            Self::Busy => Kind::Unavailable,
            Self::Stale(stale) => stale.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Storage(error) => database::kind(error),
            Self::Cryptography(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Invalid(_) => "request.invalid",
            Self::Taken(_) => "user.taken",
            Self::WrongCredentials => "auth.wrong_credentials",
            Self::Delayed(_) => "auth.delayed",
            Self::RefreshRefused => "auth.refresh_refused",
            Self::RefreshRaced => "auth.refresh_raced",
            Self::SetupRefused => "auth.setup_refused",
            Self::NoAccount => "user.not_found",
            Self::NoSession => "user.session_not_found",
            Self::LastAdmin => "user.last_admin",
            Self::Busy => "auth.busy",
            Self::Stale(stale) => stale.code(),
            Self::Idempotency(error) => error.code(),
            Self::Storage(_) => "storage.failed",
            Self::Cryptography(_) => "server.failed",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::Taken(field) => vec![FieldFault::new(format!("/{field}"), "taken", "is taken")],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Delayed(wait) => Some(*wait),
            Self::Busy => Some(Duration::from_secs(1)),
            Self::RefreshRaced => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}
