//! Why a sign-in was refused.

use super::outgoing::Lost;
use crate::error::Error;

/// Why a sign-in was refused: a word for the audit log and the message for the user.
pub(crate) struct Refusal {
    pub reason: String,
    pub error: Error,
}

impl Refusal {
    pub(crate) fn new(reason: &str, error: Error) -> Self {
        Self {
            reason: reason.to_owned(),
            error,
        }
    }

    /// The provider's answer, or what claims to be one, is invalid.
    pub(crate) fn provider(reason: &str) -> Self {
        Self::new(reason, Error::ProviderRefused)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let reason = kernel::Fault::code(&error).to_owned();
        Self { reason, error }
    }
}

impl From<sea_orm::DbErr> for Refusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Error::from(error).into()
    }
}

impl From<Lost> for Refusal {
    fn from(lost: Lost) -> Self {
        Self::new(&lost.to_string(), Error::ProviderAway)
    }
}
