//! Erasing an account across all modules: a time to think it over, then step by step and forward
//! only, and a certificate at the end.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::user::{UserDeleted, UserErasureRequested, UserErasureStarted};
use database::Transaction;
use database::saga::{self, Saga, SagaState};
use kernel::{Operation, Role, SagaId, SecretString, UserId, text};
use rest::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::proofs::NewProof;
use super::sagas::ERASURE;
use super::{Service, throttle};
use crate::Error;
use crate::purpose::Purpose;
use crate::store;
use crate::store::people::Person;
use crate::view::{Erasing, ErasureView};
use crate::visibility::ProfileVisibility;

const UNDO: &str = "undo";
const TOMBSTONE: &str = "tombstone";
/// Removes what is left once the last event is published.
pub(super) const SWEEP: &str = "sweep";
/// The modules come first, so that whoever they still want to ask about is there until the end.
const ORDER: [&str; 5] = ["course", "progress", "notification", TOMBSTONE, SWEEP];

/// What an erasure remembers.
#[derive(Serialize, Deserialize)]
pub(crate) struct ErasureData {
    pub undo_until: DateTime<Utc>,
}

impl Service {
    /// Freezes the account and begins the time in which this can be taken back.
    pub(crate) async fn erase(
        &self,
        operation: &Operation,
        caller: &Caller,
        user: UserId,
    ) -> Result<Erasing, Error> {
        self.require_recent(caller).await?;
        let now = self.ambient.now();
        let txn = self.database.begin().await?;
        // Before the person, so that two administrators do not wait for one another.
        store::people::lock_admins(&*txn).await?;
        let person = store::people::find_for_change(&*txn, user).await?;
        let mut person = person.ok_or(Error::NoAccount)?;
        if person.frozen_at.is_some() {
            let running = saga::newest(&*txn, ERASURE, user.uuid()).await?;
            return Ok(Erasing::of(&running.ok_or(Error::NoErasure(user))?));
        }
        let is_admin = person.roles.has(Role::Admin) && !person.disabled;
        if is_admin && store::people::count_admins(&*txn).await? <= 1 {
            return Err(Error::LastAdmin);
        }
        person.frozen_at = Some(now);
        self.touch(&mut person);
        store::people::update(&*txn, &person).await?;
        let ended = self.revoke_sessions(&txn, operation, user, None).await?;
        let spared = [Purpose::UndoEmail];
        store::proofs::end_all_of(&*txn, user, &spared, now).await?;
        let undo_until = now + Purpose::KeepAccount.lifetime();
        let proof = NewProof {
            asked_by: None,
            purpose: Purpose::KeepAccount,
            user: Some(user),
            email: person.email.clone(),
            data: None,
        };
        let event = UserErasureStarted {
            user_id: user,
            proof_id: self.issue_proof(&txn, proof).await?,
            erase_after: undo_until,
        };
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        let saga = Saga {
            id: self.ambient.id(),
            kind: ERASURE.to_owned(),
            subject: user.uuid(),
            state: SagaState::Waiting,
            step: UNDO.to_owned(),
            data: super::to_json(&ErasureData { undo_until })?,
            attempts: 0,
            deadline: None,
            available_at: undo_until,
            error: None,
            created_at: now,
            updated_at: now,
            finished_at: None,
        };
        saga::insert(&*txn, &saga).await?;
        let detail = json!({ "saga": saga.id });
        self.audit(&txn, operation, "erasure.requested", Some(user), detail)
            .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        self.standings.invalidate_all();
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

    /// The link of the letter keeps the account, as long as the erasure has not begun.
    pub(crate) async fn keep_account(
        &self,
        operation: &Operation,
        token: &SecretString,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let purposes = [Purpose::KeepAccount];
        let proof = self.redeem_proof(&txn, token, &purposes).await?;
        let user = proof.user_id.ok_or(Error::ProofRefused)?;
        let person = store::people::find_for_change(&*txn, user).await?;
        let mut person = person.ok_or(Error::ProofRefused)?;
        let operation = operation.by(user);
        self.call_off_erasure(&txn, &operation, &mut person).await?;
        txn.commit().await?;
        self.standings.invalidate_all();
        Ok(())
    }

    /// Keeps an account whose erasure has not begun.
    pub(crate) async fn call_off_erasure(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &mut Person,
    ) -> Result<(), Error> {
        let newest = saga::newest(&**txn, ERASURE, person.id.uuid()).await?;
        let newest = newest.ok_or(Error::ProofRefused)?;
        let held = saga::find_for_change(&**txn, newest.id).await?;
        let held = held.filter(|saga| saga.state == SagaState::Waiting);
        let mut saga = held.ok_or(Error::ProofRefused)?;
        person.frozen_at = None;
        self.touch(person);
        store::people::update(&**txn, person).await?;
        self.finish(&mut saga, SagaState::Cancelled);
        saga.updated_at = self.ambient.now();
        saga::update(&**txn, &saga).await?;
        let detail = json!({ "saga": saga.id });
        self.audit(txn, operation, "erasure.undone", Some(person.id), detail)
            .await
    }

    /// The certificate of the newest erasure of an account.
    pub(crate) async fn erasure(&self, user: UserId) -> Result<ErasureView, Error> {
        let db = self.database.read();
        let newest = saga::newest(db, ERASURE, user.uuid()).await?;
        let saga = newest.ok_or(Error::NoErasure(user))?;
        let mut steps = saga::steps(db, saga.id).await?;
        // Two steps may be done in one moment.
        steps.sort_by_key(|done| ORDER.iter().position(|step| *step == done.step));
        let data: ErasureData = super::from_json(Some(&saga.data))?;
        ErasureView::of(&saga, data.undo_until, &steps)
    }

    /// The time to take it back is over.
    pub(super) fn begin_erasure(&self, saga: &mut Saga) {
        saga.state = SagaState::Running;
        self.enter(saga, ORDER[0]);
    }

    /// A module has erased its part.
    pub(crate) async fn hear_erased(
        &self,
        txn: &Transaction,
        operation: &Operation,
        id: SagaId,
        module: &str,
        user: UserId,
        removed: &BTreeMap<String, u64>,
    ) -> Result<(), Error> {
        let awaited = self.awaiting(txn, id, ERASURE, user).await?;
        let Some(saga) = awaited.filter(|saga| saga.step == module) else {
            return Ok(());
        };
        let now = self.ambient.now();
        let result = super::to_json(removed)?;
        let fresh = saga::record_step(&**txn, id, module, &result, now).await?;
        if fresh && saga.state == SagaState::Running {
            self.proceed(txn, operation, saga).await?;
        }
        Ok(())
    }

    /// Passes over every step that is done and does the next one, or asks for it.
    pub(super) async fn proceed_erasure(
        &self,
        txn: &Transaction,
        operation: &Operation,
        saga: &mut Saga,
    ) -> Result<(), Error> {
        let user: UserId = saga.subject.into();
        loop {
            let steps = saga::steps(&**txn, saga.id).await?;
            if steps.iter().any(|done| done.step == saga.step) {
                let Some(next) = after(&saga.step) else {
                    self.finish(saga, SagaState::Done);
                    let detail = json!({ "saga": saga.id });
                    return self
                        .audit(txn, operation, "erasure.finished", Some(user), detail)
                        .await;
                };
                self.enter(saga, next);
                continue;
            }
            let removed = match saga.step.as_str() {
                TOMBSTONE => Some(self.bury(txn, operation, user).await?),
                SWEEP => self.sweep_events(txn, user).await?,
                module => {
                    let event = UserErasureRequested {
                        saga_id: saga.id,
                        user_id: user,
                        module: module.to_owned(),
                    };
                    bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
                    None
                }
            };
            let Some(removed) = removed else {
                self.wait(saga);
                return Ok(());
            };
            let now = self.ambient.now();
            let result = super::to_json(&removed)?;
            saga::record_step(&**txn, saga.id, &saga.step, &result, now).await?;
        }
    }

    /// Only the id of the account stays, so that what names it names nobody.
    async fn bury(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let person = store::people::find_for_change(&**txn, user).await?;
        let person = person.ok_or(Error::NoAccount)?;
        let mut removed = store::personal::delete_of(&**txn, &person).await?;
        removed.insert("exports".to_owned(), self.drop_exports(txn, user).await?);
        let keys = [
            throttle::account_key(Some(user), ""),
            throttle::account_key(None, &text::fold(&person.username)),
            throttle::account_key(None, &text::fold(&person.email)),
        ];
        for key in keys {
            store::delays::delete(&**txn, &key).await?;
        }
        store::people::update(&**txn, &self.tombstone(&person)).await?;
        store::people::set_password(&**txn, user, "").await?;
        removed.insert("person".to_owned(), 1);
        let event = UserDeleted { user_id: user };
        bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        let detail = json!({});
        self.audit(txn, operation, "account.erased", Some(user), detail)
            .await?;
        Ok(removed)
    }

    fn tombstone(&self, person: &Person) -> Person {
        let now = self.ambient.now();
        // Neither a username nor an address can have a blank, so nobody has or gets these.
        let nobody = format!("erased {}", person.id);
        Person {
            display_name: String::new(),
            visibility: ProfileVisibility::Hidden,
            disabled: true,
            erased_at: Some(now),
            version: person.version + 1,
            ..Person::new(person.id, nobody.clone(), nobody, now)
        }
    }

    /// Waits until the last event about the person is published, because an event that is not
    /// cannot be removed.
    async fn sweep_events(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<Option<BTreeMap<String, u64>>, Error> {
        if bus::has_unpublished(&**txn, user.uuid()).await? {
            return Ok(None);
        }
        let traces = self.forget_traces(txn, user).await?;
        Ok(Some(BTreeMap::from([("traces".to_owned(), traces)])))
    }
}

/// Reads what a step has kept of its counts.
pub(crate) fn read_counts(result: &str) -> Result<BTreeMap<String, u64>, Error> {
    super::from_json(Some(result))
}

fn after(step: &str) -> Option<&'static str> {
    let place = ORDER.iter().position(|known| *known == step)?;
    ORDER.get(place + 1).copied()
}
