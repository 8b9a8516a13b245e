//! What becomes of a registration.

use kernel::Outcome;
use serde::{Deserialize, Serialize};

use super::view::Account;

/// What became of it.
#[derive(Debug)]
pub(crate) enum Registered {
    /// The account is there.
    Account(Box<Outcome<Account>>),
    /// An email is on its way; whether the address is known is not revealed.
    EmailSent,
}

impl Registered {
    pub(super) fn of(kept: Outcome<Option<Account>>) -> Self {
        let Outcome { value, replayed } = kept;
        match value {
            Some(value) => Self::Account(Box::new(Outcome { value, replayed })),
            None => Self::EmailSent,
        }
    }
}

/// An account that waits for its address to be verified; greets its owner in the mail.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(super) username: String,
    pub(super) email: String,
    pub(super) display_name: String,
    pub(super) locale: String,
    pub(super) time_zone: String,
    pub password_hash: String,
}
