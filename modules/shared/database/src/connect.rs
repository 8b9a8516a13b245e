//! Opening a module's database.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, DatabaseConnection, DbErr, RuntimeErr};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection};

use crate::health::ConnectionHealth;
use crate::reader::Connections;
use crate::sqlite_readers::SqliteReaders;

/// The server ends a statement by itself at its own limit; one that says nothing for this much
/// longer is not there any more.
const GRACE: Duration = Duration::from_secs(2);

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

impl Location {
    /// How long a statement may take; none on SQLite, which is no server that may fall silent.
    pub(crate) fn time_limit(&self, pool: &PoolSettings) -> Option<Duration> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { .. } => Some(pool.statement_timeout + GRACE),
        }
    }
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

/// The pools of writers and of readers; on PostgreSQL they are one.
pub(crate) async fn pools(
    location: &Location,
    pool: &PoolSettings,
    create: bool,
    health: &ConnectionHealth,
) -> Result<(DatabaseConnection, Connections), OpenError> {
    match location {
        Location::Sqlite(path) => {
            let fault = |source| file_fault(path, source);
            if create {
                keep_private(path).map_err(|error| fault(DbErr::Custom(error.to_string())))?;
            }
            let mut writer = sqlite_writer(path, pool, create);
            let watched = health.clone();
            writer.map_sqlx_sqlite_pool_opts(move |pool| watched.watch_writer(pool));
            let writer = sea_orm::Database::connect(writer).await.map_err(fault)?;
            let options = sqlite(path, create).pragma("query_only", "ON");
            let readers = SqliteReaders::open(options, pool.max_connections, pool.acquire_timeout);
            let readers = Arc::new(readers.await.map_err(fault)?);
            Ok((writer, Connections::Sqlite(readers)))
        }
        Location::Postgres { url, schema } => {
            let fault = |source| OpenError::Server {
                schema: schema.clone(),
                source,
            };
            let mut options = postgres(url, schema, pool).map_err(fault)?;
            let watched = health.clone();
            options.map_sqlx_postgres_pool_opts(move |pool| watched.watch_pool(pool));
            let opened = match sea_orm::Database::connect(options).await {
                Err(error) if timed_out(&error) => Err(cause(url, pool).await.unwrap_or(error)),
                settled => settled,
            };
            let connection = opened.map_err(fault)?;
            Ok((connection.clone(), Connections::Postgres(connection)))
        }
    }
}

/// Nobody but the server's user reads the file, and SQLite gives what it puts beside it the same
/// mode; what lies there already, such as a log from a backup, may have another one.
fn keep_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).mode(0o600).open(path)?;
    make_private(&file)?;
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        match File::open(beside) {
            Ok(file) => make_private(&file)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn make_private(file: &File) -> std::io::Result<()> {
    let mut mode = file.metadata()?.permissions();
    if mode.mode() & 0o077 != 0 {
        mode.set_mode(0o600);
        file.set_permissions(mode)?;
    }
    Ok(())
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

/// How many prepared statements a connection keeps: more than a module has, so that none is prepared
/// again and again.
const STATEMENTS: usize = 500;

fn sqlite(path: &Path, create: bool) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS)
        .busy_timeout(Duration::from_secs(5))
}

fn sqlite_writer(path: &Path, pool: &PoolSettings, create: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    let sqlite = sqlite(path, create).optimize_on_close(true, None);
    options
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(pool.acquire_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |_| sqlite.clone().disable_statement_logging());
    options
}

/// What a session asks of the server for the case that its process is stopped, its machine freezes
/// or the network goes silent: its locks are free again, and its connection is closed, before
/// others have waited for as long as a lease lasts. [PostgreSQL, "Client Connection Defaults"]
const SESSION: [(&str, &str); 7] = [
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("client_connection_check_interval", "5s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "15s"),
];

/// The library writes its options into a span: they have an address that says nothing, and the
/// true one, which may hold a password, is kept out of what is shown.
fn postgres(
    url: &SecretString,
    schema: &str,
    pool: &PoolSettings,
) -> Result<ConnectOptions, DbErr> {
    let server: PgConnectOptions = url.expose_secret().parse().map_err(connection_fault)?;
    let timeout = pool.statement_timeout.as_millis().to_string();
    let server = server
        .application_name(&format!("gopro/{schema}"))
        .options([("statement_timeout", timeout)])
        .options(SESSION)
        .statement_cache_capacity(STATEMENTS);
    let server = sqlx::ConnectOptions::disable_statement_logging(server);
    let mut options = ConnectOptions::new("postgres://server");
    options
        .max_connections(pool.max_connections.max(2))
        .min_connections(1)
        .acquire_timeout(pool.acquire_timeout)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .set_schema_search_path(schema)
        .map_sqlx_postgres_opts(move |_| server.clone());
    Ok(options)
}

fn connection_fault(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

fn timed_out(error: &DbErr) -> bool {
    matches!(error, DbErr::Conn(RuntimeErr::SqlxError(inner)) if matches!(**inner, sqlx::Error::PoolTimedOut))
}

/// A pool tells of its time-out alone: one connection beside it tells why.
async fn cause(url: &SecretString, pool: &PoolSettings) -> Option<DbErr> {
    let attempt = PgConnection::connect(url.expose_secret());
    let settled = tokio::time::timeout(pool.acquire_timeout, attempt).await;
    let error = settled.ok()?.err()?;
    Some(connection_fault(error))
}

#[cfg(test)]
mod tests {
    use super::{PoolSettings, postgres};

    #[test]
    fn no_span_shows_the_password_of_the_server() {
        let url = "postgres://someone:hunter2@db.internal/d?sslmode=require".to_owned();
        let options = postgres(&url.into(), "user", &PoolSettings::default()).expect("an address");
        let shown = format!("{options:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("someone"),
            "{shown}"
        );
    }
}
