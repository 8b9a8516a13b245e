//! Why an email was not accepted.

use std::error::Error;
use std::time::Duration;

use lettre::transport::smtp;

/// An email that was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the file cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error("the connection or the login failed: {0}")]
    Connection(#[from] smtp::Error),
    #[error("the server did not take the email: {0}")]
    Email(smtp::Error),
    #[error("the server cannot be reached: {0}")]
    Unreachable(std::io::Error),
    #[error("the server took longer than {} seconds", _0.as_secs())]
    Timeout(Duration),
    #[error("the writing was cut off: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Whether the connection ended because of the server's certificate.
fn is_about_certificate(error: &smtp::Error) -> bool {
    let mut cause = error.source();
    while let Some(found) = cause {
        // What an I/O error carries is no source of it.
        let carried = found.downcast_ref::<std::io::Error>();
        let carried = carried.and_then(|error| error.get_ref());
        let tls = match carried {
            Some(carried) => carried.downcast_ref(),
            None => found.downcast_ref(),
        };
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        cause = found.source();
    }
    false
}

impl SendError {
    /// Whether the server has said that it will never take this email (RFC 5321, 5yz). A password that it
    /// does not take says nothing about the email, which waits until the setting is right.
    pub(crate) fn is_permanent(&self) -> bool {
        matches!(self, Self::Email(error) if error.is_permanent())
    }

    /// What an operator does about it.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::File(_) | Self::Task(_) => "check that this user may write there",
            Self::Unreachable(_) | Self::Timeout(_) => {
                "check the host and the port of mail.smtp_url, and whether a firewall lies between"
            }
            Self::Connection(error) if is_about_certificate(error) => {
                "check the name in the server's certificate and whether its CA is trusted; tls.ca_file adds your own"
            }
            Self::Connection(error) if error.is_permanent() => {
                "check the user and the password in mail.smtp_url, and whether the server accepts connections from this host"
            }
            Self::Connection(_) => {
                "check the scheme of mail.smtp_url (smtps:// encrypts at once, smtp:// with ?tls=required after STARTTLS) and what the server offers"
            }
            Self::Email(_) => "check mail.from, and whether the server sends emails for it",
        }
    }
}
