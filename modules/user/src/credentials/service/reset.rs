//! Forgetting and resetting a password.

use contracts::user::{UserEmailVerified, UserPasswordResetRequested};
use database::Transaction;
use kernel::{Caller, ExposeSecret, Operation, SecretString, UserId};
use serde_json::json;

use super::super::policy::compose;
use super::super::view::PasswordSet;
use super::Service;
use super::passwords::same_password;
use crate::audit::AuditAction;
use crate::domain::{MODULE, Purpose, UserRecord, email_address};
use crate::error::Error;
use crate::one_time_tokens::{MIN_RESPONSE_TIME, NewToken};
use crate::revocation::{AccountEvent, Bounds};
use crate::sealing::digits;
use crate::{authenticators, users};

impl Service {
    /// Sends a link, when there is such an account; the caller does not learn whether there is.
    pub(crate) async fn request_reset(
        &self,
        operation: &Operation,
        email: &str,
    ) -> Result<(), Error> {
        let evenly = tokio::time::sleep(MIN_RESPONSE_TIME);
        let email = email_address::parse(email).unwrap_or_default();
        let txn = self.database.begin().await?;
        let account = users::find_by_email_for_change(&txn, &email).await?;
        let may = |account: &UserRecord| {
            !account.disabled
                && account.deletion_scheduled_at.is_none()
                && account.erased_at.is_none()
        };
        let account = account.filter(may);
        let known = account.as_ref().map(|account| account.id);
        if let Some(account) = account
            && self.tokens.may_send_reset(&txn, operation, &email).await?
        {
            self.queue_reset_email(&txn, operation, &account, false)
                .await?;
        }
        let entry = AuditAction::PasswordForgotten.about(known, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        evenly.await;
        Ok(())
    }

    /// An administrator wants the user to set a new password: nothing else that let somebody in
    /// counts any longer.
    pub(crate) async fn start_reset(
        &self,
        operation: &Operation,
        caller: &Caller,
        user: UserId,
    ) -> Result<(), Error> {
        self.sessions.require_recent(caller).await?;
        let txn = self.database.begin().await?;
        let mut account = users::get_for_change(&txn, user).await?;
        if account.deletion_scheduled_at.is_some() {
            return Err(Error::BeingErased);
        }
        // The link would be invalid: nobody sets a password for a disabled account.
        if account.disabled {
            return Err(Error::EnableFirst);
        }
        account.reset_required = true;
        let event = AccountEvent::ResetStarted;
        let ended = self
            .revocation
            .revoke(&txn, operation, &mut account, event)
            .await?;
        self.queue_reset_email(&txn, operation, &account, true)
            .await?;
        let entry = AuditAction::PasswordResetStarted.about(user, json!({ "ended": ended }));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(())
    }

    pub(crate) async fn queue_reset_email(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        required: bool,
    ) -> Result<(), Error> {
        let token = NewToken::to_user(Purpose::ResetPassword, account);
        let event = UserPasswordResetRequested {
            user_id: account.id,
            token_id: self.tokens.issue(txn, token).await?,
            required,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(())
    }

    /// The link shows who the user is, once, and ends all else that let somebody in. It logs nobody
    /// in, so that the second factor is still required, unless it may be somebody else's.
    pub(crate) async fn reset(
        &self,
        operation: &Operation,
        secret: &SecretString,
        new: &SecretString,
    ) -> Result<PasswordSet, Error> {
        let purposes = [Purpose::ResetPassword];
        let link = digits(secret.expose_secret());
        let _turn = self.turns.take(format!("reset {link}")).await;
        let txn = self.database.begin().await?;
        let token = self.tokens.open(&txn, secret, &purposes).await?;
        let account = users::owner_of(&txn, token.user_id).await?;
        let stored = users::password_hash(&txn, account.id).await?;
        txn.rollback().await?;
        // Somebody else may know the one that was taken away.
        if account.reset_required && self.is_password(stored, new).await? {
            return Err(same_password());
        }
        let hash = self.hash_new(&account, "/new_password", new).await?;
        let txn = self.database.begin().await?;
        self.tokens.redeem(&txn, secret, &purposes).await?;
        let mut account = users::owner_of(&txn, token.user_id).await?;
        let operation = operation.by(account.id);
        // An address that was changed since the email was written is not shown by it.
        if email_address::key(&account.email) != token.email {
            return Err(Error::OneTimeTokenRefused);
        }
        let event = match is_shown_before_factor(&txn, &account).await? {
            true => AccountEvent::PasswordReset,
            false => AccountEvent::PasswordResetUnverified,
        };
        // The link came by that address, so it is shown to be theirs.
        let now = Some(self.env.now());
        if account.email_verified_at.is_none() {
            let event = UserEmailVerified {
                user_id: account.id,
            };
            bus::append(&txn, &self.env, &operation, MODULE, &event).await?;
        }
        account.email_verified_at = account.email_verified_at.or(now);
        account.owner_shown_at = account.owner_shown_at.or(now);
        let (ended, set) = self
            .replace(
                &txn,
                &operation,
                &mut account,
                &hash,
                event,
                Bounds::default(),
            )
            .await?;
        self.sessions
            .remember_after_reset(&txn, &operation, account.id)
            .await?;
        let entry = AuditAction::PasswordReset.about(account.id, json!({ "ended": ended }));
        self.audit.record(&txn, &operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(set)
    }

    async fn is_password(
        &self,
        stored: Option<String>,
        password: &SecretString,
    ) -> Result<bool, Error> {
        let Some(stored) = stored else {
            return Ok(false);
        };
        let checked = self.hasher.verify(compose(password), Some(stored));
        Ok(checked.await?.right)
    }
}

/// Whether somebody had shown to read the address and to know the password before the second factor
/// came. One that is older may be of a stranger who registered with the address of somebody else,
/// even if its owner has opened the email of that.
async fn is_shown_before_factor(txn: &Transaction, account: &UserRecord) -> Result<bool, Error> {
    let Some(shown) = account.owner_shown_at else {
        return Ok(false);
    };
    let factor = authenticators::find(txn, account.id).await?;
    let confirmed = factor.and_then(|factor| factor.confirmed_at);
    Ok(confirmed.is_none_or(|confirmed| confirmed >= shown))
}
