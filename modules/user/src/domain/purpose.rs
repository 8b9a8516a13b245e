//! What a secret is good for that works once.

use chrono::Duration;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::Serialize;

/// What a one-time token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(
    rs_type = "String",
    db_type = "String(sea_orm::sea_query::StringLen::None)",
    rename_all = "snake_case"
)]
pub(crate) enum Purpose {
    /// Shows that an account's address is its owner's.
    VerifyEmail,
    /// Makes the account of a registration with this address.
    Register,
    /// Waits like `Register`, without an email of its own, because the address has got many.
    RegisterUnsent,
    /// Notifies the owner of an account that somebody registered with their address.
    RegisterAgain,
    /// Sets a new password.
    ResetPassword,
    /// Moves an account to a new address.
    ChangeEmail,
    /// Moves an account back to its old address.
    UndoEmail,
    /// Makes an account by invitation.
    Invite,
    /// Keeps an account that was to be erased.
    KeepAccount,
    /// Gives an application the tokens of a sign-in at another provider.
    SignIn,
}

impl Purpose {
    /// What makes or wants an account for an address; several may wait for one.
    pub(crate) const REGISTERING: [Self; 2] = [Self::Register, Self::RegisterUnsent];

    pub(crate) fn lifetime(self) -> Duration {
        match self {
            Self::SignIn => Duration::seconds(60),
            Self::ResetPassword => Duration::minutes(30),
            Self::VerifyEmail
            | Self::Register
            | Self::RegisterUnsent
            | Self::RegisterAgain
            | Self::ChangeEmail => Duration::hours(24),
            Self::UndoEmail | Self::Invite => Duration::days(7),
            Self::KeepAccount => Duration::hours(72),
        }
    }

    /// The page that the link of its email opens; none where the email only informs.
    pub(crate) fn page(self) -> Option<&'static str> {
        match self {
            Self::VerifyEmail | Self::Register | Self::ChangeEmail => Some("verify"),
            Self::ResetPassword => Some("reset"),
            Self::UndoEmail => Some("undo"),
            Self::Invite => Some("invite"),
            Self::KeepAccount => Some("keep"),
            Self::RegisterUnsent | Self::RegisterAgain | Self::SignIn => None,
        }
    }
}
