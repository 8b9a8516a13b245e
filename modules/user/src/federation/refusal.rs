//! Why a sign-in was refused.

use super::outgoing::RequestError;
use crate::error::Error;

const RACE: &str = "raced";

/// Why a sign-in was refused: a word for the audit log, the message for the user, and for the operator what
/// to do about a provider that cannot be used.
pub(crate) struct Refusal {
    pub reason: String,
    pub error: Error,
    pub remedy: String,
}

impl Refusal {
    pub(crate) fn new(reason: &str, error: Error) -> Self {
        Self {
            reason: reason.to_owned(),
            error,
            remedy: String::new(),
        }
    }

    /// The provider's answer, or what claims to be one, is invalid.
    pub(crate) fn provider(reason: &str) -> Self {
        Self::new(reason, Error::ProviderRefused)
    }

    /// The provider cannot be used until its configuration or ours is corrected.
    pub(crate) fn away(reason: &str, remedy: impl Into<String>) -> Self {
        Self {
            remedy: remedy.into(),
            ..Self::new(reason, Error::ProviderUnavailable)
        }
    }

    /// Another sign-in of the same user has stored what this one would.
    pub(crate) fn race() -> Self {
        Self::provider(RACE)
    }

    /// Whether another sign-in was first, so that the next try finds what it has stored.
    pub(crate) fn is_race(&self) -> bool {
        self.reason == RACE || matches!(self.error, Error::Taken(_))
    }

    /// Tells the operator of a provider that cannot be used.
    pub(crate) fn log(&self, provider: &str) {
        if matches!(self.error, Error::ProviderUnavailable) {
            tracing::warn!(
                provider,
                reason = self.reason,
                remedy = self.remedy,
                "an identity provider cannot be used; run gopro doctor"
            );
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let reason = kernel::Fault::code(&error).to_owned();
        Self::new(&reason, error)
    }
}

impl From<sea_orm::DbErr> for Refusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Error::from(error).into()
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        let remedy = match &error {
            RequestError::Address => {
                "one of its URLs is not https, or leads to a private address: set private_network = true for a provider inside your own network; its URLs then have the host of the issuer"
            }
            RequestError::Unreachable(_) => {
                "check its issuer, DNS, the firewall, and whether the CA of its certificate is trusted; tls.ca_file adds your own"
            }
            RequestError::TooLarge => {
                "its answer is larger than 64 KiB; check which server responds there"
            }
        };
        Self::away(
            &error.to_string(),
            match &error {
                RequestError::Unreachable(cause) => format!("{cause}; {remedy}"),
                _ => remedy.to_owned(),
            },
        )
    }
}
