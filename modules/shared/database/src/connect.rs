//! Opening a module's database and beginning its transactions.

use std::fs::OpenOptions;
use std::ops::Deref;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tokio::sync::watch;

/// Where a module's data lives.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file of its own; the folder must exist.
    Sqlite(PathBuf),
    /// A schema of its own on a PostgreSQL server, version 15 or newer.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: SecretString,
        /// The schema that the connection's `search_path` names.
        schema: String,
    },
}

/// How many connections are held, and how long a request waits for one.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// Connections at most, per module. On SQLite these are the readers; there is one writer beside them.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is answered 503.
    pub acquire_timeout: Duration,
    /// How long one statement may run on PostgreSQL.
    pub statement_timeout: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            max_connections: 4,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(10),
        }
    }
}

/// A database that cannot be opened; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder cannot be read and written.
    #[error(
        "cannot open {}; check that the folder exists, that this user may write there and that its disk has room",
        path.display()
    )]
    File {
        /// The file of the module.
        path: PathBuf,
        /// What the driver said.
        source: DbErr,
    },
    /// The file is not one that SQLite has written, or not any more.
    #[error(
        "{} is damaged or no SQLite database; restore it from a backup, or move it elsewhere if it is not of this installation",
        path.display()
    )]
    Damaged {
        /// The file of the module.
        path: PathBuf,
        /// What the driver said.
        source: DbErr,
    },
    /// The server does not answer or refuses.
    #[error(
        "cannot connect to PostgreSQL for schema {schema}; check database.url and that the server runs"
    )]
    Server {
        /// The schema of the module.
        schema: String,
        /// What the driver said.
        source: DbErr,
    },
}

/// A module's database: on SQLite one writer and several readers, on PostgreSQL one pool.
#[derive(Debug, Clone)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Counts the commits of this process.
    own: Arc<watch::Sender<u64>>,
    /// Counts them too, and what others have told of theirs.
    all: Arc<watch::Sender<u64>>,
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
        let (writer, reader) = match location {
            Location::Sqlite(path) => {
                let fault = |source| file_fault(path, source);
                if create {
                    keep_private(path).map_err(|error| fault(DbErr::Custom(error.to_string())))?;
                }
                let writer = sqlite(path, pool, 1, create).await.map_err(fault)?;
                let reader = sqlite(path, pool, pool.max_connections, create)
                    .await
                    .map_err(fault)?;
                (writer, reader)
            }
            Location::Postgres { url, schema } => {
                let connection =
                    postgres(url, schema, pool)
                        .await
                        .map_err(|source| OpenError::Server {
                            schema: schema.clone(),
                            source,
                        })?;
                (connection.clone(), connection)
            }
        };
        Ok(Self {
            writer,
            reader,
            own: Arc::default(),
            all: Arc::default(),
        })
    }

    /// For reads that need no transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For single statements that change something, and for migrations.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Begins a write transaction; on SQLite it takes the write lock at once, so that it cannot fail half-way.
    ///
    /// # Errors
    /// The driver's error when no connection is free within the pool's wait.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        let inner = self
            .writer
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await?;
        Ok(Transaction {
            inner,
            own: Arc::clone(&self.own),
            all: Arc::clone(&self.all),
        })
    }

    /// Tells of each transaction that this process commits, and of those of others of which it
    /// has heard.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.all.subscribe()
    }

    pub(crate) fn own_commits(&self) -> watch::Receiver<u64> {
        self.own.subscribe()
    }

    /// Another process has committed something.
    pub(crate) fn wake(&self) {
        self.all.send_modify(|commits| *commits += 1);
    }

    /// The number of commits of which this process knows: what was read while it was the same is
    /// what this process knows to be there.
    pub fn generation(&self) -> u64 {
        *self.all.borrow()
    }

    /// Which of the two databases this is.
    pub fn backend(&self) -> DatabaseBackend {
        self.reader.get_database_backend()
    }

    /// Closes every connection after what runs has finished.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn close(self) -> Result<(), DbErr> {
        if self.backend() == DatabaseBackend::Sqlite {
            self.reader.close().await?;
        }
        self.writer.close().await
    }
}

/// Nobody but the server's user reads the file, and SQLite gives what it puts beside it the same
/// mode.
fn keep_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).mode(0o600).open(path)?;
    let mut mode = file.metadata()?.permissions();
    if mode.mode() & 0o077 != 0 {
        mode.set_mode(0o600);
        file.set_permissions(mode)?;
    }
    Ok(())
}

/// A write transaction; dropped without [`Transaction::commit`] it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    own: Arc<watch::Sender<u64>>,
    all: Arc<watch::Sender<u64>>,
}

impl Transaction {
    /// Makes the change last and wakes the module's relay and inbox.
    ///
    /// # Errors
    /// The driver's error; nothing was changed then.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await?;
        self.own.send_modify(|commits| *commits += 1);
        self.all.send_modify(|commits| *commits += 1);
        Ok(())
    }
}

impl Transaction {
    /// Gives the change up and the connection back at once, rather than when the transaction is dropped.
    ///
    /// # Errors
    /// The driver's error; nothing was changed all the same.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

impl Deref for Transaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

/// SQLite's words for a file that it cannot make sense of are stable.
fn file_fault(path: &Path, source: DbErr) -> OpenError {
    let path = path.to_owned();
    let text = source.to_string();
    if text.contains("file is not a database") || text.contains("image is malformed") {
        return OpenError::Damaged { path, source };
    }
    OpenError::File { path, source }
}

async fn sqlite(
    path: &Path,
    pool: &PoolSettings,
    connections: u32,
    create: bool,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    let file = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(pool.acquire_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&file)
                .create_if_missing(create)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .optimize_on_close(true, None)
        });
    sea_orm::Database::connect(options).await
}

async fn postgres(
    url: &SecretString,
    schema: &str,
    pool: &PoolSettings,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.expose_secret().to_owned());
    options
        .max_connections(pool.max_connections.max(2))
        .min_connections(1)
        .acquire_timeout(pool.acquire_timeout)
        .statement_timeout(pool.statement_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .set_schema_search_path(schema)
        .set_application_name(format!("gopro/{schema}"));
    match sea_orm::Database::connect(options).await {
        Err(error) if timed_out(&error) => Err(cause(url, pool).await.unwrap_or(error)),
        settled => settled,
    }
}

fn timed_out(error: &DbErr) -> bool {
    matches!(error, DbErr::Conn(RuntimeErr::SqlxError(inner)) if matches!(**inner, sqlx::Error::PoolTimedOut))
}

/// A pool tells of its time-out alone: one connection beside it tells why.
async fn cause(url: &SecretString, pool: &PoolSettings) -> Option<DbErr> {
    let attempt = PgConnection::connect(url.expose_secret());
    let settled = tokio::time::timeout(pool.acquire_timeout, attempt).await;
    let error = settled.ok()?.err()?;
    Some(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
}
