//! Why an email was not accepted.

use std::time::Duration;

use lettre::transport::smtp;

/// An email that was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the file cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    Smtp(#[from] smtp::Error),
    #[error("the server cannot be reached: {0}")]
    Unreachable(std::io::Error),
    #[error("the server took longer than {} seconds", _0.as_secs())]
    Timeout(Duration),
    #[error("the writing was cut off: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl SendError {
    /// Whether the server has said that it will never take this email (RFC 5321, 5yz).
    pub(crate) fn is_permanent(&self) -> bool {
        matches!(self, Self::Smtp(error) if error.is_permanent())
    }
}
