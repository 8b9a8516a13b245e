//! A change that is stored as a whole or not at all, and is acknowledged only when it is stored.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::Kind;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement,
};

use crate::commits::{Change, Changes, Commits};
use crate::health::ConnectionHealth;

/// A write transaction; dropped without [`Transaction::commit`] it is rolled back.
///
/// After a statement that failed every other one fails as it did, and so does the commit: SQLite may
/// have ended the transaction with the failed statement, and would store each further one by itself.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    health: ConnectionHealth,
    failed: Mutex<Option<DbErr>>,
    commits: Arc<Commits>,
    changes: AtomicU8,
}

impl Transaction {
    pub(crate) fn new(
        inner: DatabaseTransaction,
        health: ConnectionHealth,
        commits: Arc<Commits>,
        changes: Changes,
    ) -> Self {
        Self {
            inner,
            health,
            failed: Mutex::default(),
            commits,
            changes: AtomicU8::new(changes.bits()),
        }
    }

    /// Notes what the transaction changes, so that its commit wakes who waits for that.
    pub fn changes(&self, change: Change) {
        self.changes
            .fetch_or(Changes::of(change).bits(), Ordering::Relaxed);
    }

    /// Makes the change last and wakes who waits for it. A commit that has begun runs
    /// to its end, whether or not its caller still waits.
    ///
    /// # Errors
    /// The driver's error; and that of a statement that has failed before, because SQLite may have
    /// rolled the transaction back by then, and PostgreSQL answers such a commit with a rollback
    /// that looks like success. The change was not made, or nobody can know whether it was: a
    /// connection that is lost during the commit does not tell.
    pub async fn commit(self) -> Result<(), DbErr> {
        if let Some(error) = self.failure() {
            return Err(error);
        }
        let Self {
            inner,
            health,
            commits,
            changes,
            ..
        } = self;
        let changes = Changes::from_bits(changes.into_inner());
        let running = tokio::spawn(async move {
            let done = health.in_time(inner.commit()).await;
            if done.is_err() {
                health.raise();
                commits.commit_failed();
            }
            // After a failure as well, because a lost connection leaves the outcome open.
            commits.committed(changes);
            done
        });
        running.await.unwrap_or_else(|ended| {
            let early = format!("the commit ended early: {ended}");
            Err(DbErr::Conn(RuntimeErr::Internal(early)))
        })
    }

    /// Gives the change up and the connection back at once, rather than when the transaction is dropped.
    ///
    /// # Errors
    /// The driver's error; nothing was changed all the same.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Self { inner, health, .. } = self;
        let done = health.in_time(inner.rollback()).await;
        if done.is_err() {
            health.raise();
        }
        done
    }

    /// Why nothing of this transaction will be stored: the first statement's failure, if one has failed.
    pub fn failure(&self) -> Option<DbErr> {
        self.failed().clone()
    }

    fn failed(&self) -> MutexGuard<'_, Option<DbErr>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        if let Some(error) = self.failure() {
            return Err(error);
        }
        self.commits.count_statement();
        // A statement whose caller goes away half-way leaves a transaction that nobody may commit.
        let unfinished = "a statement of this transaction was broken off".to_owned();
        *self.failed() = Some(DbErr::Conn(RuntimeErr::Internal(unfinished)));
        let done = self.health.in_time(statement).await;
        *self.failed() = done.as_ref().err().cloned();
        if done
            .as_ref()
            .is_err_and(|error| crate::kind(error) == Kind::Unavailable)
        {
            self.commits.commit_failed();
        }
        done
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(self.inner.query_all_raw(statement)).await
    }
}
