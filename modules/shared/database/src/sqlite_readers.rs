//! Connections that read a SQLite file.
//!
//! A pool of the driver asks each connection that is given back whether it is still there, by another
//! thread, and that costs as much as a small statement does. A file needs no such question, so these
//! connections are kept here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Sqlite};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Connections that read one file, as many as are needed at once, up to a limit.
#[derive(Debug)]
pub(crate) struct SqliteReaders {
    options: SqliteConnectOptions,
    idle: Mutex<Vec<SqliteConnection>>,
    free: Semaphore,
    wait: Duration,
}

/// A connection in use. Unless it is given back it is closed, because a statement that was broken
/// off may still run on it.
struct Lent<'a> {
    connection: SqliteConnection,
    readers: &'a SqliteReaders,
    _permit: SemaphorePermit<'a>,
}

impl SqliteReaders {
    /// Opens the first connection, so that a file that cannot be read is known at once.
    pub(crate) async fn open(
        options: SqliteConnectOptions,
        most: u32,
        wait: Duration,
    ) -> Result<Self, DbErr> {
        let readers = Self {
            options: options.disable_statement_logging(),
            idle: Mutex::default(),
            free: Semaphore::new(usize::try_from(most).unwrap_or(1)),
            wait,
        };
        readers.lend().await?.give_back();
        Ok(readers)
    }

    pub(crate) async fn execute(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let mut lent = self.lend().await?;
        let done = prepared(statement).execute(&mut lent.connection).await;
        lent.give_back();
        done.map(Into::into)
            .map_err(|error| DbErr::Exec(driver(error)))
    }

    pub(crate) async fn query_one(
        &self,
        statement: &Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let row = prepared(statement).fetch_optional(&mut lent.connection);
        let row = row.await;
        lent.give_back();
        let row = row.map_err(|error| DbErr::Query(driver(error)))?;
        Ok(row.map(Into::into))
    }

    pub(crate) async fn query_all(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let rows = prepared(statement).fetch_all(&mut lent.connection);
        let rows = rows.await;
        lent.give_back();
        let rows = rows.map_err(|error| DbErr::Query(driver(error)))?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Closes the connections that are not in use, and lends none any more.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.free.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            let closed = connection.close().await;
            closed.map_err(|error| DbErr::Conn(driver(error)))?;
        }
        Ok(())
    }

    async fn lend(&self) -> Result<Lent<'_>, DbErr> {
        let free = tokio::time::timeout(self.wait, self.free.acquire()).await;
        let free = free.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let permit =
            free.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let opened = self.options.connect().await;
                opened.map_err(|error| DbErr::Conn(driver(error)))?
            }
        };
        Ok(Lent {
            connection,
            readers: self,
            _permit: permit,
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent<'_> {
    fn give_back(self) {
        self.readers.idle().push(self.connection);
    }
}

fn prepared(statement: &Statement) -> Query<'_, Sqlite, SqlxValues> {
    let values = statement.values.clone();
    let values = values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
    let sql = sqlx::AssertSqlSafe(statement.sql.as_str());
    sqlx::query_with(sql, SqlxValues(values))
}

fn driver(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;
    use sea_orm::{DatabaseBackend, DbErr, Statement};
    use sqlx::sqlite::SqliteConnectOptions;

    use super::SqliteReaders;

    #[tokio::test]
    async fn connections_are_used_again_except_for_those_that_were_left_in_the_middle() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("test.db");
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let wait = Duration::from_millis(500);
        let readers = SqliteReaders::open(options, 1, wait).await.expect("opened");
        let one = Statement::from_string(DatabaseBackend::Sqlite, "SELECT 1 AS one");
        let row = readers.query_one(&one).await.expect("answered");
        assert_eq!(row.expect("a row").try_get::<i32>("", "one"), Ok(1));
        assert_eq!(readers.idle().len(), 1);
        // A reader that goes away before its answer comes.
        let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT MAX(i) FROM n";
        let slow = Statement::from_string(DatabaseBackend::Sqlite, slow);
        assert!(readers.query_all(&slow).now_or_never().is_none());
        assert_eq!(readers.idle().len(), 0, "it may still be in use");
        assert_eq!(readers.query_all(&one).await.expect("answered").len(), 1);
        assert_eq!(readers.idle().len(), 1);
        let lent = readers.lend().await.expect("lent");
        let late = readers.query_one(&one).await.expect_err("none is free");
        assert!(matches!(late, DbErr::ConnectionAcquire(_)), "{late}");
        lent.give_back();
        readers.close().await.expect("closed");
        readers.query_one(&one).await.expect_err("it is closed");
    }
}
