//! Requesting the erasure of an account, and the time in which it can be cancelled.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::user::{UserErasureCancelled, UserErasureStarted};
use database::Transaction;
use database::saga::{self, Saga, SagaState};
use kernel::{Caller, Operation, SecretString, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::saga::{begin, finish};
use super::super::steps::{ERASURE, ORDER, UNDO};
use super::super::view::{Erasing, ErasureView};
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{MODULE, Purpose, UserRecord, from_json, to_json};
use crate::error::Error;
use crate::one_time_tokens::{self, NewToken};
use crate::revocation::AccountEvent;
use crate::users;
use crate::verification::CallOffErasure;

/// What an erasure remembers.
#[derive(Serialize, Deserialize)]
pub(super) struct ErasureData {
    undo_until: DateTime<Utc>,
    /// How many traces the last step has removed so far.
    #[serde(default)]
    pub(super) swept: u64,
}

impl Service {
    /// Disables the account and begins the time in which this can be undone.
    pub(crate) async fn erase(
        &self,
        operation: &Operation,
        caller: &Caller,
        user: UserId,
    ) -> Result<Erasing, Error> {
        self.sessions.require_recent(caller).await?;
        let now = self.env.now();
        let txn = self.database.begin().await?;
        // Before the user, so that two administrators do not wait for one another.
        users::lock_admins(&txn).await?;
        let mut account = users::get_for_change(&txn, user).await?;
        if account.deletion_scheduled_at.is_some() {
            let running = saga::newest(&txn, ERASURE, user.uuid()).await?;
            return Ok(Erasing::of(&running.ok_or(Error::NoErasure(user))?));
        }
        if account.is_active_admin() && users::count_admins(&txn).await? <= 1 {
            return Err(Error::LastAdmin);
        }
        account.deletion_scheduled_at = Some(now);
        let event = AccountEvent::ErasureRequested;
        let ended = self
            .revocation
            .revoke(&txn, operation, &mut account, event)
            .await?;
        // Who took the account may want it erased before its owner has opened the undo link.
        let undo = one_time_tokens::last_open(&txn, user, Purpose::UndoEmail, now);
        let soonest = now + Purpose::KeepAccount.lifetime();
        let undo_until = undo.await?.map_or(soonest, |undo| undo.max(soonest));
        let token = NewToken::to_user(Purpose::KeepAccount, &account);
        let event = UserErasureStarted {
            user_id: user,
            token_id: self.tokens.issue_until(&txn, token, undo_until).await?,
            erase_after: undo_until,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let saga = Saga {
            state: SagaState::Waiting,
            data: to_json(&ErasureData {
                undo_until,
                swept: 0,
            })?,
            available_at: undo_until,
            ..begin(self.env.id(), ERASURE, user, UNDO, now)
        };
        saga::insert(&txn, &saga).await?;
        let detail = json!({ "saga": saga.id, "ended": ended });
        let entry = AuditAction::ErasureRequested.about(user, detail);
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(Erasing::of(&saga))
    }

    /// An administrator erases somebody else.
    pub(crate) async fn erase_other(
        &self,
        operation: &Operation,
        caller: &Caller,
        user: UserId,
    ) -> Result<Erasing, Error> {
        if caller.user_id == user {
            return Err(Error::EraseYourself);
        }
        self.erase(operation, caller, user).await
    }

    /// The link of the email keeps the account, as long as the erasure has not begun.
    pub(crate) async fn restore(
        &self,
        operation: &Operation,
        secret: &SecretString,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let purposes = [Purpose::KeepAccount];
        let token = self.tokens.redeem(&txn, secret, &purposes).await?;
        let user = token.user_id.ok_or(Error::OneTimeTokenRefused)?;
        let account = users::find_for_change(&txn, user).await?;
        let mut account = account.ok_or(Error::OneTimeTokenRefused)?;
        let operation = operation.by(user);
        self.call_off(&txn, &operation, &mut account).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(())
    }

    /// The certificate of the newest erasure of an account.
    pub(crate) async fn certificate(&self, user: UserId) -> Result<ErasureView, Error> {
        let db = self.database.read();
        let newest = saga::newest(db, ERASURE, user.uuid()).await?;
        let saga = newest.ok_or(Error::NoErasure(user))?;
        let mut steps = saga::steps(db, saga.id).await?;
        // Two steps may be done in one moment.
        steps.sort_by_key(|done| ORDER.iter().position(|step| *step == done.step));
        let data: ErasureData = from_json(Some(&saga.data))?;
        ErasureView::of(&saga, data.undo_until, &steps)
    }
}

#[async_trait]
impl CallOffErasure for Service {
    async fn call_off(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
    ) -> Result<(), Error> {
        let newest = saga::newest(txn, ERASURE, account.id.uuid()).await?;
        let newest = newest.ok_or(Error::OneTimeTokenRefused)?;
        let held = saga::find_for_change(txn, newest.id).await?;
        let held = held.filter(|saga| saga.state == SagaState::Waiting);
        let mut saga = held.ok_or(Error::OneTimeTokenRefused)?;
        account.deletion_scheduled_at = None;
        let event = AccountEvent::ErasureCancelled;
        self.revocation
            .revoke(txn, operation, account, event)
            .await?;
        let event = UserErasureCancelled {
            user_id: account.id,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        let now = self.env.now();
        finish(&mut saga, SagaState::Cancelled, now);
        saga.updated_at = now;
        saga::update(txn, &saga).await?;
        let entry = AuditAction::ErasureUndone.about(account.id, json!({ "saga": saga.id }));
        self.audit.record(txn, operation, entry).await
    }
}
