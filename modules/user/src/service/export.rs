//! Everything that all modules know of a person, in one archive.

use chrono::Duration;
use contracts::user::UserExportRequested;
use database::saga::{self, Saga, SagaState, SagaStep};
use database::{Transaction, idempotency};
use kernel::{Operation, Outcome, SagaId, UserId};
use rest::Caller;
use serde_json::{Value, json};

use super::sagas::EXPORT;
use super::{Service, archive};
use crate::Error;
use crate::store;
use crate::store::people::Person;
use crate::view::{Account, ExportView};

/// Whose answers make an export whole; this module's own part is there from the start.
const PARTS: [&str; 4] = ["user", "course", "progress", "notification"];
const GATHER: &str = "gather";
/// How many exports a person has at a time.
const MOST: usize = 10;
/// How long an export can be fetched.
pub(crate) const EXPORT_LIFETIME: Duration = Duration::days(7);

impl Service {
    /// Asks every module for its part. While one export is being gathered there is no second one,
    /// and those that are ready can still be fetched.
    pub(crate) async fn request_export(
        &self,
        operation: &Operation,
        caller: &Caller,
    ) -> Result<Outcome<ExportView>, Error> {
        self.require_recent(caller).await?;
        let user = caller.user_id;
        let now = self.ambient.now();
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay::<ExportView>(&*txn, now, operation).await? {
            return Ok(first);
        }
        let person = self.owner_of(&txn, Some(user)).await?;
        let newest = saga::newest(&*txn, EXPORT, user.uuid()).await?;
        if let Some(running) = newest.filter(|saga| saga.state == SagaState::Running) {
            let steps = saga::steps(&*txn, running.id).await?;
            return Ok(Outcome::fresh(ExportView::of(&running, &steps)));
        }
        self.refuse_many_exports(&txn, user).await?;
        let saga = Saga {
            id: self.ambient.id(),
            kind: EXPORT.to_owned(),
            subject: user.uuid(),
            state: SagaState::Running,
            step: GATHER.to_owned(),
            data: "{}".to_owned(),
            attempts: 0,
            deadline: None,
            available_at: now,
            error: None,
            created_at: now,
            updated_at: now,
            finished_at: None,
        };
        saga::insert(&*txn, &saga).await?;
        let detail = json!({ "saga": saga.id });
        self.audit(&txn, operation, "export.requested", Some(user), detail)
            .await?;
        let own = self.own_part(&txn, &person).await?.to_string();
        saga::record_step(&*txn, saga.id, "user", &own, now).await?;
        let view = ExportView::of(&saga, &saga::steps(&*txn, saga.id).await?);
        let mut begun = saga;
        self.enter(&mut begun, GATHER);
        self.proceed(&txn, operation, begun).await?;
        let kept = idempotency::keep(&*txn, operation, view).await?;
        txn.commit().await?;
        Ok(kept)
    }

    async fn refuse_many_exports(&self, txn: &Transaction, user: UserId) -> Result<(), Error> {
        let oldest_kept = self.ambient.now() - EXPORT_LIFETIME;
        let exports = saga::list_of(&**txn, EXPORT, user.uuid()).await?;
        let made = exports.iter().map(|saga| saga.created_at);
        let kept: Vec<_> = made.filter(|at| *at > oldest_kept).collect();
        match kept.iter().min() {
            Some(oldest) if kept.len() >= MOST => {
                let wait = (*oldest - oldest_kept).to_std().unwrap_or_default();
                Err(Error::TooManyExports(wait))
            }
            _ => Ok(()),
        }
    }

    /// How far an export is.
    pub(crate) async fn export(&self, user: UserId, id: SagaId) -> Result<ExportView, Error> {
        let (saga, steps) = self.own_export(user, id).await?;
        Ok(ExportView::of(&saga, &steps))
    }

    /// The archive of an export that is whole.
    pub(crate) async fn export_content(&self, user: UserId, id: SagaId) -> Result<Vec<u8>, Error> {
        let (saga, steps) = self.own_export(user, id).await?;
        if saga.state != SagaState::Done {
            return Err(Error::ExportUnready(id));
        }
        let mut parts = Vec::new();
        for name in PARTS {
            let part = steps.iter().find(|done| done.step == name);
            let part = super::from_json(part.map(|done| done.result.as_str()))?;
            parts.push((name.to_owned(), part));
        }
        let packed = tokio::task::spawn_blocking(move || archive::pack(&parts));
        packed.await.map_err(super::broken)?
    }

    /// A module has answered with its part.
    pub(crate) async fn hear_part(
        &self,
        txn: &Transaction,
        operation: &Operation,
        id: SagaId,
        module: &str,
        user: UserId,
        part: &Value,
    ) -> Result<(), Error> {
        let Some(saga) = self.awaiting(txn, id, EXPORT, user).await? else {
            return Ok(());
        };
        let now = self.ambient.now();
        let fresh = saga::record_step(&**txn, id, module, &part.to_string(), now).await?;
        let whole = missing(&saga::steps(&**txn, id).await?).is_empty();
        if fresh && whole && saga.state == SagaState::Running {
            self.proceed(txn, operation, saga).await?;
        }
        Ok(())
    }

    /// Done when every part is there; otherwise everybody is asked, once more if need be.
    pub(super) async fn proceed_export(
        &self,
        txn: &Transaction,
        operation: &Operation,
        saga: &mut Saga,
    ) -> Result<(), Error> {
        if missing(&saga::steps(&**txn, saga.id).await?).is_empty() {
            self.finish(saga, SagaState::Done);
            return Ok(());
        }
        let event = UserExportRequested {
            saga_id: saga.id,
            user_id: saga.subject.into(),
        };
        bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        self.wait(saga);
        Ok(())
    }

    /// Deletes the exports whose time is over; returns how many.
    pub(super) async fn expire_exports(&self, txn: &Transaction) -> Result<u64, Error> {
        let before = self.ambient.now() - EXPORT_LIFETIME;
        let mut expired = 0;
        for id in saga::list_before(&**txn, EXPORT, before).await? {
            self.drop_export(txn, id).await?;
            expired += 1;
        }
        Ok(expired)
    }

    /// Deletes every export of a person; returns how many there were.
    pub(super) async fn drop_exports(&self, txn: &Transaction, user: UserId) -> Result<u64, Error> {
        let mut dropped = 0;
        for export in saga::list_of(&**txn, EXPORT, user.uuid()).await? {
            self.drop_export(txn, export.id).await?;
            dropped += 1;
        }
        Ok(dropped)
    }

    /// The answers of the other modules stand in the inbox too.
    async fn drop_export(&self, txn: &Transaction, id: SagaId) -> Result<(), Error> {
        saga::delete(&**txn, id).await?;
        bus::forget(&**txn, id.uuid()).await?;
        Ok(())
    }

    async fn own_export(&self, user: UserId, id: SagaId) -> Result<(Saga, Vec<SagaStep>), Error> {
        let now = self.ambient.now();
        let found = self.saga(id).await?.filter(|(saga, _)| {
            let theirs = saga.kind == EXPORT && saga.subject == user.uuid();
            theirs && saga.created_at + EXPORT_LIFETIME > now
        });
        found.ok_or(Error::NoExport)
    }

    async fn own_part(&self, txn: &Transaction, person: &Person) -> Result<Value, Error> {
        let mut part = store::personal::gather(&**txn, person.id).await?;
        part["account"] = serde_json::to_value(Account::of(person)).map_err(super::broken)?;
        Ok(part)
    }
}

fn missing(steps: &[SagaStep]) -> Vec<&'static str> {
    let there = |part: &&str| steps.iter().any(|done| done.step == *part);
    PARTS.into_iter().filter(|part| !there(part)).collect()
}
