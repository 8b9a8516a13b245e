//! What an operator does with accounts at the console.

use kernel::{Operation, UserId};

use crate::{Error, NewAccount, User};

impl User {
    /// Creates an account with any roles: the operator's way in.
    ///
    /// # Errors
    /// When a field breaks a rule or the name or address is taken.
    pub async fn create(
        &self,
        operation: &Operation,
        account: NewAccount,
    ) -> Result<UserId, Error> {
        self.accounts.create(operation, account).await
    }

    /// The user who logs in as `login`, a username or an email address.
    ///
    /// # Errors
    /// When there is no such user.
    pub async fn find_login(&self, login: &str) -> Result<UserId, Error> {
        self.accounts.find_login(login).await
    }

    /// Removes the second factor of the user who logs in as `login`, a username or an email address,
    /// who has lost it; the operator verifies their identity first.
    ///
    /// # Errors
    /// When there is no such user or no second factor.
    pub async fn reset_mfa(&self, operation: &Operation, login: &str) -> Result<(), Error> {
        self.mfa.remove_of_login(operation, login).await
    }
}
