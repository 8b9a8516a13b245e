//! Letters: mails that carry a secret link and stand in no inbox. Neither an event nor a table holds
//! the link; whoever sends asks the user module for it at that moment.

use kernel::{ProofId, UserId};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a letter is about; its templates have this name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum LetterType {
    /// Shows that an address is its reader's.
    VerifyEmail,
    /// Somebody asked for an account with an address that has one.
    RegistrationRepeated,
    /// Sets a new password.
    ResetPassword,
    /// Sets a new password because an administrator wants it.
    ResetRequired,
    /// Shows that a new address is the person's.
    ChangeEmail,
    /// Tells the old address and can take the change back.
    EmailChanged,
    /// Makes an account.
    Invitation,
    /// Keeps an account that is to be erased.
    ErasureStarted,
}

impl LetterType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::RegistrationRepeated => "registration_repeated",
            Self::ResetPassword => "reset_password",
            Self::ResetRequired => "reset_required",
            Self::ChangeEmail => "change_email",
            Self::EmailChanged => "email_changed",
            Self::Invitation => "invitation",
            Self::ErasureStarted => "erasure_started",
        }
    }
}

/// A letter that an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) letter: LetterType,
    pub(crate) proof: ProofId,
    /// Whose account it concerns, where there is one.
    pub(crate) user: Option<UserId>,
}
