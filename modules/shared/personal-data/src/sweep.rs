//! The worker that makes erasures whole, and answers for them.

use std::error::Error;

use async_trait::async_trait;
use bus::forget::Traces;
use bus::{Worker, run_worker};
use contracts::user::{UserErased, UserErasureRequested};
use database::pending_erasure::{self, PendingErasure};
use database::{Change, Database, Transaction};
use kernel::{Env, Envelope, Operation, UserId};
use tokio_util::sync::CancellationToken;

/// Removes what events and results tell of users whose rows a module has deleted.
#[derive(Clone)]
pub struct TraceSweeper {
    module: &'static str,
    database: Database,
    env: Env,
}

impl TraceSweeper {
    /// For the module on this database.
    pub fn new(module: &'static str, database: Database, env: Env) -> Self {
        Self {
            module,
            database,
            env,
        }
    }

    /// Works until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let commits = self.database.commits(Change::Erasures);
        run_worker(&self, &self.env, commits, &stop).await;
    }

    /// Makes the oldest erasures whole; returns how many. An instance that ends meanwhile leaves them to the next
    /// one, and two that work at once remove everything once.
    ///
    /// # Errors
    /// When the storage does not answer, or what is kept of an erasure cannot be read.
    pub async fn drain(&self) -> Result<usize, Box<dyn Error + Send + Sync>> {
        let pending = pending_erasure::list(self.database.read()).await?;
        let mut failed = None;
        for erasure in &pending {
            if let Err(error) = self.sweep(erasure.user).await {
                let user = erasure.user;
                tracing::warn!(%user, error = %error, "the traces of an erased user were not removed; trying it again");
                failed = Some(error);
            }
        }
        failed.map_or(Ok(pending.len()), Err)
    }

    async fn sweep(&self, user: UserId) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut traces = Traces::of(user);
        while let Some((txn, removed)) = traces.remove_next(&self.database).await? {
            pending_erasure::count(&txn, user, &removed).await?;
            txn.commit().await?;
        }
        let txn = self.database.begin().await?;
        if let Some(whole) = pending_erasure::take(&txn, user).await? {
            self.answer(&txn, whole).await?;
        }
        Ok(txn.commit().await?)
    }

    async fn answer(
        &self,
        txn: &Transaction,
        erasure: PendingErasure,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let Some(request) = erasure.request else {
            return Ok(());
        };
        let event: Envelope = serde_json::from_str(&request)?;
        let request: UserErasureRequested = event.decode()?;
        let answer = UserErased {
            module: request.module,
            saga_id: request.saga_id,
            user_id: request.user_id,
            removed: erasure.removed,
        };
        let operation = Operation::caused_by(&event);
        bus::append(txn, &self.env, &operation, self.module, &answer).await?;
        Ok(())
    }
}

#[async_trait]
impl Worker for TraceSweeper {
    fn name(&self) -> String {
        format!("trace sweeper of {}", self.module)
    }

    async fn work(&self) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(self.drain().await? > 0)
    }
}
