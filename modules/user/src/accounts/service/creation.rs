//! Coming into being: what every new account passes.

use contracts::user::UserCreated;
use database::Transaction;
use kernel::{Operation, UserId, text};
use serde_json::{Value, json};

use super::super::fields::{
    check_locale, check_username, check_zone, email_fault, locale_or_default,
};
use super::super::new_account::NewAccount;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{MODULE, Purpose, UserRecord, email_address, from_json};
use crate::error::Error;
use crate::{one_time_tokens, users};

impl Service {
    /// The operator names a user as that user logs in.
    pub(crate) async fn find_login(&self, login: &str) -> Result<UserId, Error> {
        let folded = text::fold(&text::clean(login));
        let found = users::find_login(self.database.read(), &folded).await?;
        let (account, _) = found.ok_or(Error::NoLogin)?;
        Ok(account.id)
    }

    /// The operator makes an account.
    pub(crate) async fn create(
        &self,
        operation: &Operation,
        account: NewAccount,
    ) -> Result<UserId, Error> {
        let (mut account, password_hash) = self.prepare(account).await?;
        // The operator vouches for the address.
        account.email_verified_at = Some(account.created_at);
        account.owner_shown_at = Some(account.created_at);
        let txn = self.database.begin().await?;
        self.insert(&txn, operation, &account, &password_hash)
            .await?;
        txn.commit().await?;
        Ok(account.id)
    }

    /// Checks all that needs no transaction and hashes the password before one begins.
    pub(crate) async fn prepare(&self, account: NewAccount) -> Result<(UserRecord, String), Error> {
        let username = text::clean(&account.username);
        let display_name = account.display_name.as_deref().map(text::clean);
        let display_name = display_name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| username.clone());
        let time_zone = account.time_zone.unwrap_or_else(|| "UTC".to_owned());
        let mut faults = check_zone(&time_zone);
        let locale = locale_or_default(account.locale);
        faults.extend(check_locale(&locale));
        faults.extend(check_username(&username));
        let email = email_address::parse(&account.email);
        faults.extend(email.is_none().then(email_fault));
        let email = email.unwrap_or_default();
        let own = [username.as_str(), email.as_str(), display_name.as_str()];
        let password = self
            .credentials
            .check_new("/password", &account.password, own);
        let password = password.await;
        let password = match password {
            Ok(password) if faults.is_empty() => password,
            Ok(_) => return Err(Error::Invalid(faults)),
            Err(Error::Invalid(more)) => {
                faults.extend(more);
                return Err(Error::Invalid(faults));
            }
            Err(error) => return Err(error),
        };
        let password_hash = self.credentials.hash_checked("/password", password).await?;
        let id = account.id.unwrap_or_else(|| self.env.id());
        let account = UserRecord {
            display_name,
            locale,
            time_zone,
            roles: account.roles,
            ..UserRecord::new(id, username, email, self.env.now())
        };
        Ok((account, password_hash))
    }

    async fn refuse_taken(&self, txn: &Transaction, account: &UserRecord) -> Result<(), Error> {
        if users::is_username_taken(txn, &account.username).await? {
            return Err(Error::Taken("username"));
        }
        if self.is_email_taken(txn, &account.email).await? {
            return Err(Error::Taken("email"));
        }
        Ok(())
    }

    /// Whether nobody else may have the address: whoever was moved away from it may take that back
    /// for a week. An address that was never shown to be theirs is not kept for them, or anybody could
    /// keep it from its owner.
    pub(crate) async fn is_email_taken(
        &self,
        txn: &Transaction,
        email: &str,
    ) -> Result<bool, Error> {
        let undo = Purpose::UndoEmail;
        let (folded, now) = (email_address::key(email), self.env.now());
        if users::is_email_taken(txn, email).await? {
            return Ok(true);
        }
        for token in one_time_tokens::list_open(txn, undo, &folded, now).await? {
            let data: Value = from_json(token.data.as_deref())?;
            if !data["verified_at"].is_null() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) async fn insert(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        password_hash: &str,
    ) -> Result<(), Error> {
        self.refuse_taken(txn, account).await?;
        users::insert(txn, account, password_hash).await?;
        let event = UserCreated {
            user_id: account.id,
            username: account.username.clone(),
            display_name: account.display_name.clone(),
            email: account.email.clone(),
            email_verified: account.email_verified_at.is_some(),
            locale: account.locale.clone(),
            time_zone: account.time_zone.clone(),
            roles: account.roles.clone(),
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        let entry =
            AuditAction::AccountCreated.about(account.id, json!({ "roles": account.roles }));
        self.audit.record(txn, operation, entry).await
    }
}
