//! How to reach a user.

use contracts::user::{ContactView, UserCreated, UserUpdated};
use kernel::UserId;

/// How to reach a user, and in which language and time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) user_id: UserId,
    pub(crate) display_name: String,
    pub(crate) email: String,
    /// Whether it was shown that they read that address.
    pub(crate) email_verified: bool,
    pub(crate) locale: String,
    pub(crate) time_zone: String,
}

impl From<UserCreated> for Recipient {
    fn from(fact: UserCreated) -> Self {
        Self {
            user_id: fact.user_id,
            display_name: fact.display_name,
            email: fact.email,
            email_verified: fact.email_verified,
            locale: fact.locale,
            time_zone: fact.time_zone,
        }
    }
}

impl From<UserUpdated> for Recipient {
    fn from(fact: UserUpdated) -> Self {
        Self {
            user_id: fact.user_id,
            display_name: fact.display_name,
            email: fact.email,
            email_verified: fact.email_verified,
            locale: fact.locale,
            time_zone: fact.time_zone,
        }
    }
}

impl From<ContactView> for Recipient {
    fn from(contact: ContactView) -> Self {
        Self {
            user_id: contact.id,
            display_name: contact.display_name,
            email: contact.email,
            email_verified: contact.email_verified,
            locale: contact.locale,
            time_zone: contact.time_zone,
        }
    }
}
