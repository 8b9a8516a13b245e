//! Erasing an account across all modules: step by step and forward only, and a certificate at the
//! end.

use std::collections::BTreeMap;

use bus::HandlerError;
use bus::forget::{self, Traces};
use contracts::user::{UserDeleted, UserErased, UserErasureRequested};
use database::Transaction;
use database::saga::{self, Saga, SagaState};
use kernel::{Envelope, Operation, SagaId, UserId};
use serde_json::json;

use super::super::saga::{enter, finish, wait};
use super::super::steps::{ERASURE, PARTS, SWEEP, TOMBSTONE, after};
use super::Service;
use super::erasure::ErasureData;
use crate::audit::AuditAction;
use crate::domain::{MODULE, ProfileVisibility, UserRecord, email_address, from_json, to_json};
use crate::error::Error;
use crate::identities::{self, flows};
use crate::revocation::AccountEvent;
use crate::{authenticators, credentials, one_time_tokens, sessions, users};

impl Service {
    /// A module has erased its part, which counts when it is the one whose turn it is.
    pub(crate) async fn on_erased(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let answer = event.decode()?;
        let operation = Operation::caused_by(event);
        Ok(self.note_erased(txn, &operation, &answer).await?)
    }

    async fn note_erased(
        &self,
        txn: &Transaction,
        operation: &Operation,
        answer: &UserErased,
    ) -> Result<(), Error> {
        let (id, module) = (answer.saga_id, answer.module.as_str());
        // Only other modules answer; the steps of this one are recorded where they are done.
        if !PARTS.contains(&module) {
            return Ok(());
        }
        let awaited = self.awaiting(txn, id, ERASURE, answer.user_id).await?;
        let Some(saga) = awaited.filter(|saga| saga.step == module) else {
            return Ok(());
        };
        let now = self.env.now();
        let result = to_json(&answer.removed)?;
        let fresh = saga::record_step(txn, id, module, &result, now).await?;
        if fresh && saga.state == SagaState::Running {
            self.proceed_erasure(txn, operation, saga, false).await?;
        }
        Ok(())
    }

    /// Skips every step that is done and does the next one, or requests it; the last one is done when the traces
    /// are `swept`.
    pub(super) async fn proceed_erasure(
        &self,
        txn: &Transaction,
        operation: &Operation,
        mut saga: Saga,
        swept: bool,
    ) -> Result<(), Error> {
        self.do_steps(txn, operation, &mut saga, swept).await?;
        saga.updated_at = self.env.now();
        saga::update(txn, &saga).await?;
        Ok(())
    }

    async fn do_steps(
        &self,
        txn: &Transaction,
        operation: &Operation,
        saga: &mut Saga,
        swept: bool,
    ) -> Result<(), Error> {
        let user: UserId = saga.subject.into();
        loop {
            let steps = saga::steps(txn, saga.id).await?;
            if steps.iter().any(|done| done.step == saga.step) {
                let Some(next) = after(&saga.step) else {
                    finish(saga, SagaState::Done, self.env.now());
                    let detail = json!({ "saga": saga.id });
                    let entry = AuditAction::ErasureFinished.about(user, detail);
                    return self.audit.record(txn, operation, entry).await;
                };
                enter(saga, next, self.env.now());
                continue;
            }
            let removed = match saga.step.as_str() {
                TOMBSTONE => Some(self.bury(txn, operation, user).await?),
                SWEEP if swept => {
                    let data: ErasureData = from_json(Some(&saga.data))?;
                    Some(BTreeMap::from([("traces".to_owned(), data.swept)]))
                }
                SWEEP => None,
                module => {
                    let event = UserErasureRequested {
                        saga_id: saga.id,
                        user_id: user,
                        module: module.to_owned(),
                    };
                    bus::append(txn, &self.env, operation, MODULE, &event).await?;
                    None
                }
            };
            let Some(removed) = removed else {
                wait(saga, self.env.now());
                return Ok(());
            };
            let now = self.env.now();
            let result = to_json(&removed)?;
            saga::record_step(txn, saga.id, &saga.step, &result, now).await?;
        }
    }

    /// Only the id of the account stays, so that what names it names nobody.
    async fn bury(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let mut account = users::get_for_change(txn, user).await?;
        // Counted here for the certificate; what does not belong to the user ends after it.
        let mut removed = self.delete_of(txn, &account).await?;
        removed.insert("exports".to_owned(), self.drop_exports(txn, user).await?);
        let event = AccountEvent::Erased;
        self.revocation
            .revoke(txn, operation, &mut account, event)
            .await?;
        credentials::delete_of(txn, &account).await?;
        users::update(txn, &self.tombstone(&account)).await?;
        users::set_password(txn, user, "").await?;
        removed.insert("account".to_owned(), 1);
        let event = UserDeleted { user_id: user };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        let entry = AuditAction::AccountErased.about(user, json!({}));
        self.audit.record(txn, operation, entry).await?;
        Ok(removed)
    }

    /// Deletes every credential of a user, and what waits at their address; returns how many rows
    /// of each table.
    async fn delete_of(
        &self,
        txn: &Transaction,
        account: &UserRecord,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let (user, email) = (account.id, email_address::key(&account.email));
        let mut removed = sessions::delete_of(txn, user).await?.to_vec();
        let tokens = one_time_tokens::delete_of(txn, user, &email).await?;
        let (authenticators, codes) = authenticators::delete_of(txn, user).await?;
        removed.extend([
            ("one_time_token", tokens),
            ("totp", authenticators),
            ("recovery_code", codes),
            ("identity", identities::delete_of(txn, user).await?),
            ("provider_flow", flows::delete_of(txn, user).await?),
        ]);
        let removed = removed.into_iter();
        Ok(removed
            .map(|(table, count)| (table.to_owned(), count))
            .collect())
    }

    fn tombstone(&self, account: &UserRecord) -> UserRecord {
        let now = self.env.now();
        // Neither a username nor an address can have a blank, so nobody has or gets these.
        let nobody = format!("erased {}", account.id);
        UserRecord {
            display_name: String::new(),
            visibility: ProfileVisibility::Hidden,
            disabled: true,
            erased_at: Some(now),
            version: account.version + 1,
            ..UserRecord::new(account.id, nobody.clone(), nobody, now)
        }
    }

    /// Removes what events and results still tell of the user whose erasure has come to its last step; returns
    /// whether all is gone. It waits until the last event about the user is published, because an event that
    /// is not cannot be removed.
    pub(super) async fn sweep_traces(&self, id: SagaId) -> Result<bool, Error> {
        let db = self.database.read();
        let sweeping = |saga: &Saga| {
            let open = [SagaState::Running, SagaState::Failed].contains(&saga.state);
            open && saga.kind == ERASURE && saga.step == SWEEP
        };
        let Some(saga) = saga::find(db, id).await?.filter(sweeping) else {
            return Ok(false);
        };
        if forget::has_unpublished(db, saga.subject).await? {
            return Ok(false);
        }
        let mut traces = Traces::of(saga.subject.into());
        while let Some((txn, removed)) = traces.remove_next(&self.database).await? {
            // Kept with what it counts, because another process may sweep too, and this one may end.
            let kept = saga::find_for_change(&txn, id).await?;
            let mut kept = kept.ok_or_else(|| Error::NoErasure(saga.subject.into()))?;
            let mut data: ErasureData = from_json(Some(&kept.data))?;
            data.swept += removed.values().sum::<u64>();
            kept.data = to_json(&data)?;
            saga::update(&txn, &kept).await?;
            txn.commit().await?;
        }
        Ok(true)
    }
}
