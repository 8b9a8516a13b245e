//! What a new one-time token is made of.

use kernel::UserId;
use serde::Serialize;

use crate::domain::{Purpose, UserRecord, to_json};
use crate::error::Error;

/// What a new one-time token is made of.
pub(crate) struct NewToken {
    pub(super) purpose: Purpose,
    pub(super) user: Option<UserId>,
    pub(super) requested_by: Option<UserId>,
    pub(super) email: String,
    pub(super) data: Option<String>,
}

impl NewToken {
    /// One that is emailed to an address, whoever has that.
    pub(crate) fn to_email(purpose: Purpose, email: impl Into<String>) -> Self {
        Self {
            purpose,
            user: None,
            requested_by: None,
            email: email.into(),
            data: None,
        }
    }

    /// One that is emailed to a user.
    pub(crate) fn to_user(purpose: Purpose, account: &UserRecord) -> Self {
        Self::to_email(purpose, &account.email).of(Some(account.id))
    }

    /// The same for the account that it belongs to.
    pub(crate) fn of(mut self, user: Option<UserId>) -> Self {
        self.user = user;
        self
    }

    /// The same from somebody who sends it to somebody else.
    pub(crate) fn requested_by(mut self, sender: UserId) -> Self {
        self.requested_by = Some(sender);
        self
    }

    /// The same with what its redeemer needs.
    pub(crate) fn with(mut self, data: &impl Serialize) -> Result<Self, Error> {
        self.data = Some(to_json(data)?);
        Ok(self)
    }

    /// The same with what another one carries.
    pub(crate) fn with_data_of(mut self, data: Option<String>) -> Self {
        self.data = data;
        self
    }
}
