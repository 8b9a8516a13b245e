//! Exports and erasures as sagas across all modules.

mod archive;
mod erasing;
mod erasure;
mod export;
mod own;
mod retention;
mod sagas;

use std::sync::Arc;

use database::saga::{self, Saga, SagaState};
use database::{Database, Transaction};
use kernel::{Env, OnePerUser, SagaId, UserId};
use tokio::sync::Semaphore;

use crate::error::Error;
use crate::{audit, one_time_tokens, revocation, sessions};

pub(crate) struct Service {
    database: Database,
    env: Env,
    audit: Arc<audit::Service>,
    tokens: Arc<one_time_tokens::Service>,
    sessions: Arc<sessions::Service>,
    revocation: Arc<revocation::Service>,
    /// Held while a piece of an archive is packed, which takes a processor.
    pub(super) packing: Arc<Semaphore>,
    /// Who is downloading an export from this process.
    downloading: OnePerUser,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        audit: Arc<audit::Service>,
        tokens: Arc<one_time_tokens::Service>,
        sessions: Arc<sessions::Service>,
        revocation: Arc<revocation::Service>,
    ) -> Self {
        Self {
            database,
            env,
            audit,
            tokens,
            sessions,
            revocation,
            packing: Arc::new(Semaphore::new(1)),
            downloading: OnePerUser::default(),
        }
    }

    /// The saga that an answer belongs to, held until the transaction ends, when the answer still
    /// matters. One that comes after the deadline is kept for the operator's second try.
    async fn awaiting(
        &self,
        txn: &Transaction,
        id: SagaId,
        kind: &str,
        user: UserId,
    ) -> Result<Option<Saga>, Error> {
        let found = saga::find_for_change(txn, id).await?;
        Ok(found.filter(|saga| {
            let open = [SagaState::Running, SagaState::Failed].contains(&saga.state);
            open && saga.kind == kind && saga.subject == user.uuid()
        }))
    }
}
