//! Transactional emails: they carry a secret link and stand in no inbox. Neither an event nor a table
//! holds the link; the sender requests it from the user module when it sends the email.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::delivery::Lane;

/// Which template an email with a link is rendered from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum TemplateKey {
    /// Shows that an address is its reader's.
    VerifyEmail,
    /// Somebody tried to register with an address that has an account.
    RegistrationRepeated,
    /// Sets a new password.
    ResetPassword,
    /// Sets a new password because an administrator wants it.
    ResetRequired,
    /// Shows that a new address is the user's.
    ChangeEmail,
    /// Informs the old address and can take the change back.
    EmailChanged,
    /// Makes an account.
    Invitation,
    /// Keeps an account that is to be erased.
    ErasureStarted,
}

impl TemplateKey {
    /// The lane of its emails.
    pub(crate) fn lane(self) -> Lane {
        match self {
            Self::VerifyEmail
            | Self::RegistrationRepeated
            | Self::ChangeEmail
            | Self::Invitation => Lane::Registration,
            Self::ResetPassword
            | Self::ResetRequired
            | Self::EmailChanged
            | Self::ErasureStarted => Lane::Account,
        }
    }
}
