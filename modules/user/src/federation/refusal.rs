//! Why a sign-in was refused.

use super::outgoing::Lost;
use crate::error::Error;

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
            ..Self::new(reason, Error::ProviderAway)
        }
    }

    /// Tells the operator of a provider that cannot be used.
    pub(crate) fn log(&self, provider: &str) {
        if matches!(self.error, Error::ProviderAway) {
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

impl From<Lost> for Refusal {
    fn from(lost: Lost) -> Self {
        let remedy = match &lost {
            Lost::Address => {
                "one of its URLs is not https, or leads to a private address: set private_network = true for a provider inside your own network; its URLs then have the host of the issuer"
            }
            Lost::Unreachable(_) => {
                "check its issuer, DNS, the firewall, and whether the CA of its certificate is trusted; tls.ca_file adds your own"
            }
            Lost::TooLarge => "its answer is larger than 64 KiB; check which server responds there",
        };
        Self::away(
            &lost.to_string(),
            match &lost {
                Lost::Unreachable(cause) => format!("{cause}; {remedy}"),
                _ => remedy.to_owned(),
            },
        )
    }
}
