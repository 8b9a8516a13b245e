//! What other processes commit to the same schema, heard by PostgreSQL's `LISTEN`.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sqlx::postgres::PgListener;
use tokio::task::JoinHandle;

use crate::connect::Written;

/// How long until listening is tried again when the server is away.
const PAUSE: Duration = Duration::from_secs(1);

/// Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Wakes who waits at each commit that has put a row into the schema's outbox or inbox, of whatever
/// process. It holds one connection of the pool; while the server is away, who waits has its slow
/// poll.
pub(crate) fn listen(
    connection: &DatabaseConnection,
    schema: &str,
    written: Arc<Written>,
) -> Listening {
    let pool = connection.get_postgres_connection_pool().clone();
    let channel = format!("gopro/{schema}");
    Listening(tokio::spawn(async move {
        loop {
            if let Ok(mut listener) = PgListener::connect_with(&pool).await
                && listener.listen(&channel).await.is_ok()
            {
                while listener.recv().await.is_ok() {
                    written.tell();
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }))
}
