//! Why a try did not succeed, and what that leads to.

use super::email::{ComposeError, SendError};
use crate::error::Error;
use crate::templates::one_line;

const LONGEST: usize = 500;

#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// Our own storage failed, so that nothing is known of the delivery.
    #[error(transparent)]
    Storage(#[from] Error),
    /// There is another try.
    #[error("{0}")]
    Temporary(String),
    /// There is none, because it can never succeed.
    #[error("{0}")]
    Permanent(String),
    /// There is none, because nobody needs it any more.
    #[error("{0}")]
    Obsolete(&'static str),
}

impl DeliveryError {
    pub(crate) fn temporary(error: impl ToString) -> Self {
        Self::Temporary(error.to_string())
    }

    pub(crate) fn permanent(error: impl ToString) -> Self {
        Self::Permanent(error.to_string())
    }

    /// What is kept of it: one line without addresses. What a mail server answers often repeats the
    /// address, which concerns nobody who reads why a delivery failed.
    pub(crate) fn line(&self) -> String {
        let text = self.to_string();
        let words = text.split(' ').map(|word| match word.contains('@') {
            true => "(address)",
            false => word,
        });
        one_line(&words.collect::<Vec<_>>().join(" "), LONGEST)
    }
}

impl From<ComposeError> for DeliveryError {
    fn from(error: ComposeError) -> Self {
        Self::permanent(error)
    }
}

impl From<SendError> for DeliveryError {
    fn from(error: SendError) -> Self {
        match error.is_permanent() {
            true => Self::permanent(error),
            false => Self::temporary(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DeliveryError;

    #[test]
    fn a_servers_answer_is_kept_without_the_address_that_it_repeats() {
        let answer = "permanent error (550): <ada@example.org> no such mailbox";
        assert_eq!(
            DeliveryError::permanent(answer).line(),
            "permanent error (550): (address) no such mailbox"
        );
    }
}
