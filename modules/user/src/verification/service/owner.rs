//! Whether who reads an address is who knows the password of the account that has it.

use database::Transaction;
use kernel::{Operation, SecretString};
use serde_json::json;

use super::{Service, VERIFYING};
use crate::accounts::Waiting;
use crate::audit::AuditAction;
use crate::credentials::{compose, lanes_of_link};
use crate::domain::{Purpose, UserRecord, from_json};
use crate::error::Error;
use crate::users;

/// Links that a password makes more of; what takes a change of address back ends the password.
const WITH_PASSWORD: [Purpose; 3] = [
    Purpose::VerifyEmail,
    Purpose::Register,
    Purpose::ChangeEmail,
];

impl Service {
    /// Compares the password with that of the account that a link is for, slowed down by the link; a
    /// wrong one does not use it up. Gives what is stored of the password.
    pub(super) async fn check_owner(
        &self,
        operation: &Operation,
        secret: &SecretString,
        password: &SecretString,
    ) -> Result<Option<String>, Error> {
        let txn = self.database.begin().await?;
        let token = self.tokens.open(&txn, secret, &VERIFYING).await?;
        let stored = match token.user_id {
            _ if !WITH_PASSWORD.contains(&token.purpose) => return Ok(None),
            Some(user) => users::password_hash(&txn, user).await?,
            None => {
                let waiting: Waiting = from_json(token.data.as_deref())?;
                Some(waiting.password_hash)
            }
        };
        txn.rollback().await?;
        let lanes = lanes_of_link(secret);
        let password = compose(password);
        let (checked, attempt) = self
            .credentials
            .try_password(lanes, password, stored.clone())
            .await?;
        let txn = self.database.begin().await?;
        if checked.right {
            self.credentials.clear(&txn, &attempt).await?;
        } else {
            let entry = AuditAction::PasswordWrong.about(token.user_id, json!({}));
            self.audit.record(&txn, operation, entry).await?;
        }
        txn.commit().await?;
        match checked.right {
            true => Ok(stored),
            false => Err(Error::WrongPassword),
        }
    }

    /// From now on what is set up is of the user who reads the address, if the password that they
    /// have shown is still the account's.
    pub(super) async fn note_owner(
        &self,
        txn: &Transaction,
        account: &mut UserRecord,
        known: Option<&str>,
    ) -> Result<(), Error> {
        if known.is_none() || account.owner_shown_at.is_some() || account.reset_required {
            return Ok(());
        }
        let stored = users::password_hash(txn, account.id).await?;
        if stored.as_deref() == known {
            account.owner_shown_at = Some(self.env.now());
            users::update(txn, account).await?;
        }
        Ok(())
    }
}
