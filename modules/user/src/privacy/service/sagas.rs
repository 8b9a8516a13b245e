//! Work across modules: starting what is due, repeating requests without an answer, giving up in
//! time, and the operator's second try.

use database::Transaction;
use database::saga::{self, Saga, SagaState, SagaStep};
use kernel::{Operation, SagaId};
use serde_json::json;

use super::super::saga::{PATIENCE, enter};
use super::super::steps::{EXPORT, ORDER};
use super::Service;
use super::own::PIECES;
use crate::audit::AuditAction;
use crate::error::Error;

const BATCH: u64 = 100;
/// How many sagas an operator sees at once.
const LISTED: u64 = 200;

impl Service {
    /// Looks after every saga that is due; returns how many. One that cannot be looked after now is
    /// looked after the next time.
    pub(crate) async fn run_due(&self) -> Result<u64, Error> {
        let now = self.env.now();
        let mut done = 0;
        for id in saga::list_due(self.database.read(), now, BATCH).await? {
            match self.run_one(id).await {
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::warn!(saga.id = %id, error = %error, "running a saga failed; retrying in five seconds");
                }
            }
        }
        Ok(done)
    }

    async fn run_one(&self, id: SagaId) -> Result<(), Error> {
        let now = self.env.now();
        let gathered = self.gather_own(id, PIECES).await;
        match gathered {
            // The next piece is due at once.
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => {
                tracing::warn!(saga.id = %id, %error, "gathering a part of an export failed; retrying within five minutes");
            }
        }
        let swept = self.sweep_traces(id).await?;
        let txn = self.database.begin().await?;
        let found = saga::find_for_change(&txn, id).await?;
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
            saga.state = SagaState::Running;
            enter(&mut saga, ORDER[0], now);
        } else if saga.deadline.is_some_and(|deadline| deadline <= now) {
            tracing::error!(saga.id = %id, saga.step, "a saga has failed; see: gopro sagas show");
            let step = &saga.step;
            let hours = PATIENCE.num_hours();
            saga.error = Some(format!(
                "the step {step} was not done within {hours} hour(s); check gopro events dead-letters list, then run: gopro sagas retry {id}"
            ));
            saga.state = SagaState::Failed;
            saga.updated_at = now;
            saga::update(&txn, &saga).await?;
            return Ok(txn.commit().await?);
        }
        self.proceed(&txn, &operation, saga, swept).await?;
        Ok(txn.commit().await?)
    }

    /// Goes on with a running saga as far as it goes now, and writes it.
    async fn proceed(
        &self,
        txn: &Transaction,
        operation: &Operation,
        saga: Saga,
        swept: bool,
    ) -> Result<(), Error> {
        match saga.kind.as_str() {
            EXPORT => self.proceed_export(txn, operation, saga).await,
            _ => self.proceed_erasure(txn, operation, saga, swept).await,
        }
    }

    /// The newest sagas first.
    pub(crate) async fn list(&self) -> Result<Vec<Saga>, Error> {
        Ok(saga::list(self.database.read(), LISTED).await?)
    }

    /// A saga with the steps that are done.
    pub(crate) async fn find(&self, id: SagaId) -> Result<Option<(Saga, Vec<SagaStep>)>, Error> {
        let db = self.database.read();
        let Some(saga) = saga::find(db, id).await? else {
            return Ok(None);
        };
        // What an export has gathered is its user's alone, and may be much.
        let steps = match saga.kind.as_str() {
            EXPORT => {
                let done = saga::list_done(db, id).await?.into_iter();
                let step = |(step, done_at)| SagaStep {
                    step,
                    result: String::new(),
                    done_at,
                };
                done.map(step).collect()
            }
            _ => saga::steps(db, id).await?,
        };
        Ok(Some((saga, steps)))
    }

    /// Lets a failed saga try its step again; returns whether there was one.
    pub(crate) async fn retry(&self, operation: &Operation, id: SagaId) -> Result<bool, Error> {
        let swept = self.sweep_traces(id).await?;
        let txn = self.database.begin().await?;
        let found = saga::find_for_change(&txn, id).await?;
        let Some(mut saga) = found.filter(|saga| saga.state == SagaState::Failed) else {
            return Ok(false);
        };
        let step = saga.step.clone();
        saga.state = SagaState::Running;
        enter(&mut saga, &step, self.env.now());
        let subject = Some(saga.subject.into());
        let entry = AuditAction::SagaRetried.about(subject, json!({ "saga": id, "step": step }));
        self.audit.record(&txn, operation, entry).await?;
        self.proceed(&txn, operation, saga, swept).await?;
        txn.commit().await?;
        self.begin_own(id).await;
        Ok(true)
    }
}
