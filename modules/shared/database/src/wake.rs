//! Telling other processes of commits, by `LISTEN` and `NOTIFY` of PostgreSQL.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use secrecy::{ExposeSecret, SecretString};
use sqlx::Executor;
use sqlx::postgres::PgListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Database;
use crate::commits::Changes;

const CHANNEL: &str = "gopro_commits";
/// Commits within this time are told at once. `NOTIFY` within the transactions themselves would
/// make PostgreSQL commit them one after the other.
const GATHER: Duration = Duration::from_millis(20);
const RETRY: Duration = Duration::from_secs(5);
/// After this long without a word the server is asked whether it is still there, because a network
/// that loses everything ends no connection.
const QUIET: Duration = Duration::from_secs(15);

/// Tells other processes on the server at `url` of the commits of this one, and wakes who waits
/// here ([`Database::commits`]) for theirs, until `stop`. It holds one connection of its own for
/// all `databases`, each with the schema that it is in; `me` is this process alone. Whoever waits polls as well, and so finds
/// what is lost of this.
pub async fn exchange(
    me: Uuid,
    url: SecretString,
    databases: Vec<(String, Database)>,
    stop: CancellationToken,
) {
    let mut tasks = JoinSet::new();
    for (schema, database) in &databases {
        tasks.spawn(tell(me, schema.clone(), database.clone()));
    }
    tasks.spawn(async move {
        loop {
            if let Err(error) = listen(me, &url, &databases).await {
                tracing::debug!(error = %error, "commits of other processes are found by polling for now");
            }
            tokio::time::sleep(RETRY).await;
        }
    });
    tokio::select! {
        () = stop.cancelled() => {}
        Some(Err(ended)) = tasks.join_next() => {
            // Whoever keeps this running begins it again as a whole.
            if let Ok(panic) = ended.try_into_panic() {
                std::panic::resume_unwind(panic);
            }
        }
    }
    tasks.shutdown().await;
}

async fn tell(me: Uuid, schema: String, database: Database) {
    let mut untold = database.untold().subscribe();
    while untold.changed().await.is_ok() {
        tokio::time::sleep(GATHER).await;
        untold.mark_unchanged();
        let mut changes = Changes::default();
        database.untold().send_if_modified(|untold| {
            changes = std::mem::take(untold);
            false
        });
        let bits = changes.bits();
        if let Err(error) = notify(&database, &format!("{me}/{schema}/{bits}")).await {
            tracing::debug!(schema, error = %error, "other processes find these commits by polling");
        }
    }
}

async fn notify(database: &Database, payload: &str) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_notify($1, $2)",
        [CHANNEL.into(), payload.into()],
    );
    database.read().execute_raw(statement).await?;
    Ok(())
}

async fn listen(
    me: Uuid,
    url: &SecretString,
    databases: &[(String, Database)],
) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(url.expose_secret()).await?;
    listener.listen(CHANNEL).await?;
    // What was told before is unknown.
    for (_, database) in databases {
        database.wake(Changes::ALL);
    }
    let me = me.to_string();
    loop {
        // Nothing was received when the connection was lost, and with it perhaps a notification.
        let told = match tokio::time::timeout(QUIET, listener.try_recv()).await {
            Ok(told) => told?,
            Err(_) => {
                let asked = listener.execute("SELECT 1");
                let answered = tokio::time::timeout(RETRY, asked).await;
                answered.map_err(|_| sqlx::Error::PoolTimedOut)??;
                continue;
            }
        };
        let Some(told) = told else {
            for (_, database) in databases {
                database.wake(Changes::ALL);
            }
            continue;
        };
        let mut parts = told.payload().splitn(3, '/');
        let (from, of) = (parts.next(), parts.next());
        let bits = parts.next().and_then(|bits| bits.parse().ok());
        let others = databases.iter().filter(|(schema, _)| of == Some(schema));
        for (_, database) in others.filter(|_| from != Some(me.as_str())) {
            database.wake(bits.map_or(Changes::ALL, Changes::from_bits));
        }
    }
}
