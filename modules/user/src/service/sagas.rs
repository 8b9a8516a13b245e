//! Work across modules: beginning what is due, asking again where nobody answered, giving up in
//! time, and the operator's second try.

use chrono::Duration;
use database::saga::{self, Saga, SagaState, SagaStep};
use database::{Transaction, idempotency};
use kernel::{Operation, SagaId, UserId};
use serde_json::json;

use super::Service;
use super::erasure::SWEEP;
use crate::Error;

/// The kinds of sagas.
pub(super) const EXPORT: &str = "export";
pub(super) const ERASURE: &str = "erasure";

/// How long a step may take before its saga has failed.
const PATIENCE: Duration = Duration::hours(1);
/// After what time a step that had no answer is asked for again.
const AGAIN: Duration = Duration::minutes(5);
/// How soon it is looked whether the last events have left the house.
const LOOK: Duration = Duration::minutes(1);
const BATCH: u64 = 100;
/// How many sagas an operator sees at once.
const LISTED: u64 = 200;

impl Service {
    /// Looks after every saga that is due; returns how many. One that cannot be looked after now is
    /// looked after the next time.
    pub(crate) async fn tend_sagas(&self) -> Result<u64, Error> {
        let now = self.ambient.now();
        let mut tended = 0;
        for id in saga::list_due(self.database.read(), now, BATCH).await? {
            match self.tend(id).await {
                Ok(()) => tended += 1,
                Err(error) => {
                    tracing::warn!(saga.id = %id, error = %error, "a saga was not looked after; trying again in five seconds");
                }
            }
        }
        Ok(tended)
    }

    async fn tend(&self, id: SagaId) -> Result<(), Error> {
        let now = self.ambient.now();
        let txn = self.database.begin().await?;
        let found = saga::find_for_change(&*txn, id).await?;
        // Another instance may have looked after it meanwhile.
        let due = |saga: &Saga| {
            let open = [SagaState::Running, SagaState::Waiting].contains(&saga.state);
            open && saga.available_at <= now
        };
        let Some(mut saga) = found.filter(due) else {
            return Ok(());
        };
        let operation = Operation::system(format!("saga {id}"));
        if saga.state == SagaState::Waiting {
            self.begin_erasure(&mut saga);
        } else if saga.deadline.is_some_and(|deadline| deadline <= now) {
            tracing::error!(saga.id = %id, saga.step, "a saga has failed; see: gopro saga show");
            let step = &saga.step;
            let hours = PATIENCE.num_hours();
            saga.error = Some(format!(
                "the step {step} was not done within {hours} hour(s); look at gopro events dead-letters list, then run: gopro saga retry {id}"
            ));
            saga.state = SagaState::Failed;
            saga.updated_at = now;
            saga::update(&*txn, &saga).await?;
            return Ok(txn.commit().await?);
        }
        self.proceed(&txn, &operation, saga).await?;
        Ok(txn.commit().await?)
    }

    /// Goes on with a running saga as far as it goes now, and writes it.
    pub(super) async fn proceed(
        &self,
        txn: &Transaction,
        operation: &Operation,
        mut saga: Saga,
    ) -> Result<(), Error> {
        match saga.kind.as_str() {
            EXPORT => self.proceed_export(txn, operation, &mut saga).await?,
            _ => self.proceed_erasure(txn, operation, &mut saga).await?,
        }
        saga.updated_at = self.ambient.now();
        Ok(saga::update(&**txn, &saga).await?)
    }

    /// Gives the present step its time.
    pub(super) fn enter(&self, saga: &mut Saga, step: &str) {
        saga.step = step.to_owned();
        saga.attempts = 0;
        saga.error = None;
        saga.deadline = Some(self.ambient.now() + PATIENCE);
    }

    /// Says when to look after a step that was begun.
    pub(super) fn wait(&self, saga: &mut Saga) {
        let pause = match saga.step == SWEEP {
            true => LOOK,
            false => AGAIN,
        };
        let next = self.ambient.now() + pause;
        saga.attempts += 1;
        saga.available_at = saga.deadline.map_or(next, |deadline| deadline.min(next));
    }

    pub(super) fn finish(&self, saga: &mut Saga, state: SagaState) {
        saga.state = state;
        saga.deadline = None;
        saga.error = None;
        saga.finished_at = Some(self.ambient.now());
    }

    /// The saga that an answer belongs to, held until the transaction ends, when the answer still
    /// matters. One that comes after the deadline is kept for the operator's second try.
    pub(super) async fn awaiting(
        &self,
        txn: &Transaction,
        id: SagaId,
        kind: &str,
        user: UserId,
    ) -> Result<Option<Saga>, Error> {
        let found = saga::find_for_change(&**txn, id).await?;
        Ok(found.filter(|saga| {
            let open = [SagaState::Running, SagaState::Failed].contains(&saga.state);
            open && saga.kind == kind && saga.subject == user.uuid()
        }))
    }

    /// The newest sagas first.
    pub(crate) async fn sagas(&self) -> Result<Vec<Saga>, Error> {
        Ok(saga::list(self.database.read(), LISTED).await?)
    }

    pub(crate) async fn saga(&self, id: SagaId) -> Result<Option<(Saga, Vec<SagaStep>)>, Error> {
        let db = self.database.read();
        let Some(saga) = saga::find(db, id).await? else {
            return Ok(None);
        };
        Ok(Some((saga, saga::steps(db, id).await?)))
    }

    /// Lets a failed saga try its step again; returns whether there was one.
    pub(crate) async fn retry_saga(
        &self,
        operation: &Operation,
        id: SagaId,
    ) -> Result<bool, Error> {
        let txn = self.database.begin().await?;
        let found = saga::find_for_change(&*txn, id).await?;
        let Some(mut saga) = found.filter(|saga| saga.state == SagaState::Failed) else {
            return Ok(false);
        };
        let step = saga.step.clone();
        saga.state = SagaState::Running;
        self.enter(&mut saga, &step);
        let subject = Some(saga.subject.into());
        let detail = json!({ "saga": id, "step": step });
        self.audit(&txn, operation, "saga.retried", subject, detail)
            .await?;
        self.proceed(&txn, operation, saga).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Removes what requests and events of a person are still on record here.
    pub(super) async fn forget_traces(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<u64, Error> {
        let requests = idempotency::forget(&**txn, user).await?;
        Ok(requests + bus::forget(&**txn, user.uuid()).await?)
    }
}
