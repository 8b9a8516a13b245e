//! Commits of other processes on one PostgreSQL server.

use std::time::Duration;

use database::{Change, Database, Location, PoolSettings, wake};
use tokio_util::sync::CancellationToken;

use crate::support::storage::Storage;

/// Longer than the 20 ms for which commits are gathered, and than a server under load needs.
const SOON: Duration = Duration::from_secs(10);

async fn open(storage: &Storage, stop: &CancellationToken) -> Database {
    let url: kernel::SecretString = storage.database_url.clone().into();
    let location = Location::Postgres {
        url: url.clone(),
        schema: "public".to_owned(),
    };
    let pool = PoolSettings {
        max_connections: 2,
        ..PoolSettings::default()
    };
    let database = Database::open(&location, &pool).await.expect("connected");
    let databases = vec![("public".to_owned(), database.clone())];
    tokio::spawn(wake::exchange(
        uuid::Uuid::now_v7(),
        url,
        databases,
        stop.clone(),
    ));
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_one_process_wakes_another_and_does_not_come_back() {
    if testkit::postgres_url().is_none() {
        testkit::left_out("on SQLite there is one process");
        return;
    }
    let storage = Storage::new().await;
    let stop = CancellationToken::new();
    let here = open(&storage, &stop).await;
    let there = open(&storage, &stop).await;
    let mut woken = there.commits(Change::Content);
    woken.mark_unchanged();
    // Until both listen, nothing notifies of a commit.
    let heard = async {
        loop {
            here.begin()
                .await
                .expect("begun")
                .commit()
                .await
                .expect("committed");
            let wait = tokio::time::timeout(Duration::from_millis(200), woken.changed());
            if wait.await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(SOON, heard).await.expect("woken");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (mine, theirs) = (here.generation(), there.generation());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((here.generation(), there.generation()), (mine, theirs));
    stop.cancel();
}
