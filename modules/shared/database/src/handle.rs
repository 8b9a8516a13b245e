//! A module's database: what reads it, what writes to it, and who is told of it.

use std::sync::Arc;

use sea_orm::{
    DatabaseBackend, DatabaseConnection, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::watch;

use crate::commits::{Change, Changes, CommitFailures, Commits, Work};
use crate::connect::{self, Location, OpenError, PoolSettings};
use crate::health::ConnectionHealth;
use crate::own_file::OwnFile;
use crate::reader::Reader;

use crate::transaction::Transaction;

/// A module's database: on SQLite one writer and several readers, on PostgreSQL one pool.
#[derive(Debug, Clone)]
pub struct Database {
    writer: DatabaseConnection,
    reader: Reader,
    health: ConnectionHealth,
    commits: Arc<Commits>,
    file: Option<OwnFile>,
}

impl Database {
    /// Connects, and on SQLite creates the file when it is missing.
    ///
    /// # Errors
    /// [`OpenError`] when the file or the server cannot be used.
    pub async fn open(location: &Location, pool: &PoolSettings) -> Result<Self, OpenError> {
        Self::connect(location, pool, true).await
    }

    /// Connects to what is there already; a SQLite file that is missing stays so.
    ///
    /// # Errors
    /// [`OpenError`] when the file or the server cannot be used.
    pub async fn open_existing(
        location: &Location,
        pool: &PoolSettings,
    ) -> Result<Self, OpenError> {
        Self::connect(location, pool, false).await
    }

    async fn connect(
        location: &Location,
        pool: &PoolSettings,
        create: bool,
    ) -> Result<Self, OpenError> {
        let health = ConnectionHealth::new(location.time_limit(pool));
        let (writer, reader) = connect::pools(location, pool, create, &health).await?;
        let commits = Arc::<Commits>::default();
        Ok(Self {
            writer,
            reader: Reader::new(reader, health.clone(), Arc::clone(&commits)),
            health,
            commits,
            file: match location {
                Location::Sqlite(path) => OwnFile::at(path),
                Location::Postgres { .. } => None,
            },
        })
    }

    /// For reads that need no transaction.
    pub fn read(&self) -> &Reader {
        &self.reader
    }

    /// For migrations alone, which begin transactions of their own. Whatever else writes does so in
    /// a transaction ([`Database::begin`]), a single statement too: the driver passes over a failed
    /// commit of a statement that returns rows outside of one.
    pub fn for_migrations(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Begins a write transaction; on SQLite it takes the write lock at once, so that it cannot fail half-way.
    ///
    /// # Errors
    /// The driver's error when no connection is free within the pool's wait.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_with(Changes::of(Change::Content)).await
    }

    /// Begins a write transaction that changes nothing that several users are shown alike: only rows
    /// of a single user, or the module's own bookkeeping. Answers that are kept ready outlive it
    /// ([`Database::generation`]).
    ///
    /// # Errors
    /// Those of [`Database::begin`].
    pub async fn begin_private(&self) -> Result<Transaction, DbErr> {
        self.begin_with(Changes::default()).await
    }

    async fn begin_with(&self, changes: Changes) -> Result<Transaction, DbErr> {
        self.commits.count_transaction();
        if let Some(fault) = self.file_fault() {
            return Err(DbErr::Conn(RuntimeErr::Internal(fault)));
        }
        let begun = self.writer.begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        });
        match self.health.in_time(begun).await {
            Ok(inner) => Ok(Transaction::new(
                inner,
                self.health.clone(),
                Arc::clone(&self.commits),
                changes,
            )),
            // Whoever found no connection free says nothing of the one that others use.
            Err(error @ DbErr::ConnectionAcquire(_)) => Err(error),
            Err(error) => {
                self.health.raise();
                Err(error)
            }
        }
    }

    /// Tells of each transaction with this change that this process commits, and of those of other
    /// processes that it was notified of.
    pub fn commits(&self, change: Change) -> watch::Receiver<u64> {
        self.commits.of(change).subscribe()
    }

    /// What this process has committed and other processes were not told yet.
    pub(crate) fn untold(&self) -> &watch::Sender<Changes> {
        &self.commits.untold
    }

    /// Another process has committed these changes.
    pub(crate) fn wake(&self, changes: Changes) {
        self.commits.tell(changes);
    }

    /// The number of commits of [`Change::Content`] that this process knows of: content that was
    /// read while it was the same is what this process knows to be there.
    pub fn generation(&self) -> u64 {
        *self.commits.of(Change::Content).borrow()
    }

    /// What this process has asked of the database since it started.
    pub fn work(&self) -> Work {
        self.commits.work()
    }

    /// What has failed of what was to be stored.
    pub fn commit_failures(&self) -> CommitFailures {
        *self.commits.failures()
    }

    /// Why nothing more is written to the file of a database on SQLite, for the operator: it is not there any
    /// more. Looks at the file.
    pub fn file_fault(&self) -> Option<String> {
        self.file.as_ref().and_then(OwnFile::fault)
    }

    /// Which of the two databases this is.
    pub fn backend(&self) -> DatabaseBackend {
        self.writer.get_database_backend()
    }

    /// Closes every connection after what runs has finished.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn close(self) -> Result<(), DbErr> {
        let readers = self.reader.close().await;
        self.writer.close().await.and(readers)
    }
}
