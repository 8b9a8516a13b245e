//! Mailing the links: once more to verify an address, or to change it.

use contracts::user::{
    UserEmailChangeRequested, UserEmailVerificationRequested, UserRegistrationRepeated,
};
use database::Transaction;
use kernel::{Caller, FieldFault, Operation};
use serde_json::json;

use super::Service;
use crate::accounts::parse_email;
use crate::audit::AuditAction;
use crate::domain::{MODULE, Purpose, email_address};
use crate::error::Error;
use crate::one_time_tokens::{self, MIN_RESPONSE_TIME, NewToken};
use crate::users;

/// Addresses to which one user can have mails of a change sent within an hour.
const MOST_CHANGES: u64 = 5;

impl Service {
    /// Sends the email of a registration or of an unverified account again; the caller does not learn
    /// whether there is one.
    pub(crate) async fn resend(&self, operation: &Operation, email: &str) -> Result<(), Error> {
        let evenly = tokio::time::sleep(MIN_RESPONSE_TIME);
        let email = email_address::parse(email).unwrap_or_default();
        let txn = self.database.begin().await?;
        match users::find_by_email_for_change(&txn, &email).await? {
            Some(account) if account.email_verified_at.is_some() => {}
            // The link would be invalid.
            Some(account) if account.disabled || account.deletion_scheduled_at.is_some() => {}
            Some(account) => {
                let purpose = Purpose::VerifyEmail;
                if self
                    .tokens
                    .may_send(&txn, operation, purpose, &email, None)
                    .await?
                {
                    self.accounts
                        .queue_verification_email(&txn, operation, &account)
                        .await?;
                }
            }
            None => self.send_again(&txn, operation, &email).await?,
        }
        txn.commit().await?;
        evenly.await;
        Ok(())
    }

    /// Sends the mail of a registration again. Where several wait for one address, the owner
    /// must not be led to one of somebody else's, so the mails of each stay the only ones.
    async fn send_again(
        &self,
        txn: &Transaction,
        operation: &Operation,
        email: &str,
    ) -> Result<(), Error> {
        let purpose = Purpose::Register;
        let key = email_address::key(email);
        let waiting = one_time_tokens::lock_unused(txn, &Purpose::REGISTERING, &key).await?;
        let Some(newest) = waiting.first() else {
            return Ok(());
        };
        let is_one = waiting.iter().all(|other| other.data == newest.data);
        if !is_one
            || !self
                .tokens
                .may_send(txn, operation, purpose, email, None)
                .await?
        {
            return Ok(());
        }
        let email = newest.email.clone();
        let token = NewToken::to_email(purpose, email).with_data_of(newest.data.clone());
        let event = UserEmailVerificationRequested {
            token_id: self.tokens.issue(txn, token).await?,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(())
    }

    /// Sends a link to the new address; nothing changes until it is opened, and whether the
    /// address has an account is not revealed.
    pub(crate) async fn request_change(
        &self,
        operation: &Operation,
        caller: &Caller,
        email: &str,
    ) -> Result<(), Error> {
        self.sessions.require_recent(caller).await?;
        let email = parse_email(email)?;
        let txn = self.database.begin().await?;
        let account = self.sessions.acting(&txn, caller).await?;
        if email_address::key(&account.email) == email_address::key(&email) {
            let message = "is already the address of your account; send another one";
            return Err(Error::Invalid(vec![FieldFault::new(
                "/email",
                "unchanged",
                message,
            )]));
        }
        self.audit
            .refuse_many(
                &txn,
                account.id,
                AuditAction::EmailChangeRequested,
                MOST_CHANGES,
            )
            .await?;
        let taken = self.accounts.is_email_taken(&txn, &email).await?;
        let owner = users::find_by_email(&txn, &email).await?;
        let purpose = match taken {
            true => Purpose::RegisterAgain,
            false => Purpose::ChangeEmail,
        };
        // An error about the limit would reveal whether the address has an account, and so would a
        // request that is not counted because it sent no email.
        let entry = AuditAction::EmailChangeRequested.about(account.id, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        if !self
            .tokens
            .may_send(&txn, operation, purpose, &email, None)
            .await?
        {
            return Ok(txn.commit().await?);
        }
        let owner = owner.map_or(account.id, |owner| owner.id);
        let token = NewToken::to_email(purpose, email.as_str()).of(Some(owner));
        let token = token.with(&json!({ "email": email }))?;
        let token_id = self.tokens.issue(&txn, token).await?;
        if taken {
            let event = UserRegistrationRepeated { token_id };
            bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        } else {
            let event = UserEmailChangeRequested {
                user_id: account.id,
                token_id,
            };
            bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        }
        Ok(txn.commit().await?)
    }
}
