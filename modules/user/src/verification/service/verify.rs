//! Taking the links that show who reads an address.

use contracts::user::{UserEmailChanged, UserEmailVerified};
use database::Transaction;
use kernel::{FieldFault, Operation, SecretString};
use serde_json::json;

use super::{Service, VERIFYING};
use crate::accounts::Account;
use crate::audit::AuditAction;
use crate::domain::{MODULE, Purpose, UserRecord, email_address, from_json};
use crate::error::Error;
use crate::one_time_tokens::{NewToken, OneTimeToken};
use crate::revocation::{AccountEvent, Bounds};
use crate::users;

/// Whoever reads an address must not be given an account that somebody else has moved there, with a
/// second factor of theirs, by one click.
fn owner_required() -> Error {
    let message = "is required to move an account to this address; if the account has none, set one by POST /auth/password/forgot with its old address first";
    Error::Invalid(vec![FieldFault::new("/password", "required", message)])
}

impl Service {
    /// The link of an email shows that an address is its reader's, and with the `password` that the
    /// account is theirs as well.
    pub(crate) async fn verify(
        &self,
        operation: &Operation,
        secret: &SecretString,
        password: Option<&SecretString>,
    ) -> Result<Account, Error> {
        let known = match password {
            Some(password) => self.check_owner(operation, secret, password).await?,
            None => None,
        };
        let txn = self.database.begin().await?;
        let token = self.tokens.redeem(&txn, secret, &VERIFYING).await?;
        let operation = Operation {
            actor: token.user_id,
            ..operation.clone()
        };
        let mut account = match token.purpose {
            Purpose::Register => {
                self.accounts
                    .finish_registration(&txn, &operation, &token)
                    .await?
            }
            Purpose::ChangeEmail if known.is_none() => return Err(owner_required()),
            Purpose::ChangeEmail => self.move_address(&txn, &operation, &token).await?,
            Purpose::UndoEmail => self.move_address_back(&txn, &operation, &token).await?,
            _ => self.mark_verified(&txn, &token).await?,
        };
        self.note_owner(&txn, &mut account, known.as_deref())
            .await?;
        let event = UserEmailVerified {
            user_id: account.id,
        };
        bus::append(&txn, &self.env, &operation, MODULE, &event).await?;
        let detail = json!({ "purpose": token.purpose });
        let entry = AuditAction::EmailVerified.about(account.id, detail);
        self.audit.record(&txn, &operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(Account::of(&account))
    }

    async fn move_address(
        &self,
        txn: &Transaction,
        operation: &Operation,
        token: &OneTimeToken,
    ) -> Result<UserRecord, Error> {
        let mut account = users::owner_of(txn, token.user_id).await?;
        let old = account.email.clone();
        let was_verified = account.email_verified_at;
        self.set_address(txn, &mut account, token).await?;
        let event = AccountEvent::EmailChanged;
        self.revocation
            .revoke(txn, operation, &mut account, event)
            .await?;
        self.accounts
            .publish_updated(txn, operation, &account)
            .await?;
        let undo = NewToken::to_email(Purpose::UndoEmail, old.as_str()).of(Some(account.id));
        let undo = undo.with(&json!({ "email": old, "verified_at": was_verified }))?;
        let event = UserEmailChanged {
            user_id: account.id,
            token_id: self.tokens.issue(txn, undo).await?,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(account)
    }

    /// Somebody else may have changed it, so every session ends, the password counts no longer, what
    /// was added since then is taken away, and an erasure that waits does not begin.
    async fn move_address_back(
        &self,
        txn: &Transaction,
        operation: &Operation,
        token: &OneTimeToken,
    ) -> Result<UserRecord, Error> {
        let mut account = users::owner_of(txn, token.user_id).await?;
        account.reset_required = true;
        if account.deletion_scheduled_at.is_some() {
            self.erasures.call_off(txn, operation, &mut account).await?;
        }
        let data = self.set_address(txn, &mut account, token).await?;
        let event = match data["verified_at"].is_null() {
            false => AccountEvent::EmailRestored,
            true => AccountEvent::EmailRestoredUnverified,
        };
        let bounds = Bounds {
            session: None,
            since: Some(token.created_at),
        };
        self.revocation
            .revoke_within(txn, operation, &mut account, event, bounds)
            .await?;
        self.accounts
            .publish_updated(txn, operation, &account)
            .await?;
        self.credentials
            .queue_reset_email(txn, operation, &account, true)
            .await?;
        Ok(account)
    }

    async fn set_address(
        &self,
        txn: &Transaction,
        account: &mut UserRecord,
        token: &OneTimeToken,
    ) -> Result<serde_json::Value, Error> {
        let data: serde_json::Value = from_json(token.data.as_deref())?;
        let email = data["email"].as_str().unwrap_or(&token.email).to_owned();
        if users::is_email_taken(txn, &email).await? {
            return Err(Error::Taken("email"));
        }
        account.email = email;
        // From the first address on that was verified: what was set up since then is its reader's.
        account.email_verified_at = account.email_verified_at.or(Some(self.env.now()));
        Ok(data)
    }

    async fn mark_verified(
        &self,
        txn: &Transaction,
        token: &OneTimeToken,
    ) -> Result<UserRecord, Error> {
        let mut account = users::owner_of(txn, token.user_id).await?;
        // An address that was changed since the email was written is not shown by it.
        if email_address::key(&account.email) != token.email {
            return Err(Error::OneTimeTokenRefused);
        }
        account.email_verified_at = account.email_verified_at.or(Some(self.env.now()));
        account.note_change(self.env.now());
        users::update(txn, &account).await?;
        Ok(account)
    }
}
