//! Connections of which nobody can say what state they are in, so that nobody gets them any more.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::pool::PoolOptions;
use sqlx::{Connection, Postgres, Sqlite};

/// How long a doubtful connection may take to answer that it is there.
const PING: Duration = Duration::from_secs(1);
/// How long after a server's silence each connection that is given back is asked whether it is there;
/// the pool asks idle ones before it hands them out.
const WATCH: Duration = Duration::from_secs(60);

/// What is known of the connections of one database, by all that use them.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionHealth {
    /// How long a statement may take; none on SQLite, which is no server that may fall silent.
    limit: Option<Duration>,
    /// A begin, commit or rollback has failed on SQLite's one writer.
    raised: Arc<AtomicBool>,
    /// Until when connections to PostgreSQL are asked, in milliseconds of this process.
    silent_until: Arc<AtomicU64>,
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

fn milliseconds() -> u64 {
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl ConnectionHealth {
    /// `limit` is how long a statement may take before its server counts as silent.
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            raised: Arc::default(),
            silent_until: Arc::default(),
        }
    }

    /// A begin, commit or rollback has failed: on SQLite the writer is closed and opened anew before
    /// anybody else gets it.
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
    }

    /// The answer to a statement, or a failure when the server has gone silent.
    pub(crate) async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let Some(limit) = self.limit else {
            return answer.await;
        };
        // The connection is given back when the answer is dropped, and must be doubtful by then.
        let mut answer = pin!(answer);
        match tokio::time::timeout(limit, answer.as_mut()).await {
            Ok(answer) => answer,
            Err(_) => {
                let watch = u64::try_from(WATCH.as_millis()).unwrap_or(u64::MAX);
                self.silent_until
                    .store(milliseconds() + watch, Ordering::Release);
                let silent = "the database server has stopped answering";
                Err(DbErr::Conn(RuntimeErr::Internal(silent.to_owned())))
            }
        }
    }

    /// Closes SQLite's writer when something of it has failed, or when a transaction is still open
    /// on it: the driver keeps its count of open transactions when a commit fails, and what came
    /// next would be a savepoint of a transaction that nobody ever commits.
    pub(crate) fn watch_writer(&self, pool: PoolOptions<Sqlite>) -> PoolOptions<Sqlite> {
        let raised = Arc::clone(&self.raised);
        pool.before_acquire(move |writer, _| {
            let clean = !raised.swap(false, Ordering::AcqRel) && !writer.is_in_transaction();
            async move { Ok(clean) }.boxed()
        })
        .after_release(|writer, _| {
            async move {
                if !writer.is_in_transaction() {
                    return Ok(true);
                }
                // The rollback of a dropped transaction may still wait for its turn.
                writer.ping().await?;
                Ok(!writer.is_in_transaction())
            }
            .boxed()
        })
    }

    /// Ends connections to a PostgreSQL server that has stopped responding: while the network drops packets,
    /// nothing else detects it.
    pub(crate) fn watch_pool(&self, pool: PoolOptions<Postgres>) -> PoolOptions<Postgres> {
        let silent_until = Arc::clone(&self.silent_until);
        pool.after_release(move |connection, _| {
            if milliseconds() > silent_until.load(Ordering::Acquire) {
                return async { Ok(true) }.boxed();
            }
            let answered: BoxFuture<'_, _> = async move {
                let ping = tokio::time::timeout(PING, connection.ping()).await;
                ping.map_err(|_| sqlx::Error::PoolTimedOut)?.map(|()| true)
            }
            .boxed();
            answered
        })
    }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
    use sqlx::{Connection, Pool, Sqlite, SqliteConnection};

    use super::*;

    /// Fails to commit once, drops a transaction, and then commits a row. Returns whether that
    /// commit was acknowledged, and whether another connection sees the row.
    async fn commit_after_a_failure(watch: Option<ConnectionHealth>) -> (bool, bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("test.db");
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = match &watch {
            Some(watch) => watch.watch_writer(pool),
            None => pool,
        };
        let pool: Pool<Sqlite> = pool.connect_with(options.clone()).await.expect("SQLite");
        let run = async |sql: &'static str| sqlx::query(sql).execute(&pool).await;
        run("CREATE TABLE kept (value)").await.expect("a table");
        run("PRAGMA max_page_count = 10")
            .await
            .expect("a full disk");
        let mut full = pool.begin().await.expect("begun");
        let insert = "INSERT INTO kept VALUES (zeroblob(100000))";
        let too_much = sqlx::query(insert).execute(&mut *full).await;
        too_much.expect_err("no room");
        full.commit().await.expect_err("SQLite has rolled back");

        let mut dropped = pool.begin().await.expect("begun");
        let inserted = sqlx::query("INSERT INTO kept VALUES (1)").execute(&mut *dropped);
        inserted.await.expect("inserted");
        drop(dropped);

        let mut last = pool.begin().await.expect("begun");
        let inserted = sqlx::query("INSERT INTO kept VALUES (2)").execute(&mut *last);
        inserted.await.expect("inserted");
        let acknowledged = last.commit().await.is_ok();
        let mut other = SqliteConnection::connect_with(&options)
            .await
            .expect("SQLite");
        let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM kept WHERE value = 2")
            .fetch_one(&mut other)
            .await
            .expect("counted");
        (acknowledged, seen == 1)
    }

    #[tokio::test]
    async fn a_writer_whose_commit_has_failed_is_not_used_again() {
        let watch = ConnectionHealth::new(None);
        assert_eq!(commit_after_a_failure(Some(watch)).await, (true, true));
    }

    /// Why all this is here. A version of the driver that makes this test fail has mended it, and
    /// `watch_writer` may go.
    #[tokio::test]
    async fn the_driver_alone_acknowledges_what_it_never_commits() {
        assert_eq!(commit_after_a_failure(None).await, (true, false));
    }
}
