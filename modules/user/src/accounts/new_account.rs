//! What a new account is made of.

use kernel::{Roles, SecretString, UserId};

/// What a new account is made of.
pub struct NewAccount {
    /// The id to give; a new one when absent.
    pub id: Option<UserId>,
    /// Unique without regard to case.
    pub username: String,
    /// Unique without regard to case.
    pub email: String,
    /// By the rules for passwords.
    pub password: SecretString,
    /// The name to show; the username when absent.
    pub display_name: Option<String>,
    /// A BCP 47 language tag; `en` when absent.
    pub locale: Option<String>,
    /// An IANA time zone; `UTC` when absent.
    pub time_zone: Option<String>,
    /// What the user is.
    pub roles: Roles,
}
