//! What a transaction promises, on either database.

use std::time::Duration;

use database::{Change, Database};
use futures::FutureExt;
use migrations::course::Migrator;
use sea_orm::{ConnectionTrait, DatabaseBackend};
use testkit::TestDatabase;

/// A database with a table of the test's own, whose values are unique.
async fn database() -> TestDatabase {
    let database = TestDatabase::new::<Migrator>().await;
    let table = "CREATE TABLE kept (value INTEGER PRIMARY KEY)";
    let made = database.for_migrations().execute_unprepared(table).await;
    made.expect("a table");
    database
}

async fn insert(db: &impl ConnectionTrait, value: i32) -> Result<(), sea_orm::DbErr> {
    let sql = format!("INSERT INTO kept VALUES ({value})");
    db.execute_unprepared(&sql).await.map(drop)
}

/// What another connection sees.
async fn kept(database: &Database) -> Vec<i32> {
    let statement = sea_orm::Statement::from_string(
        database.backend(),
        "SELECT value FROM kept ORDER BY value",
    );
    let rows = database.read().query_all_raw(statement).await;
    let rows = rows.expect("rows");
    rows.iter()
        .map(|row| row.try_get_by(0).expect("a value"))
        .collect()
}

#[tokio::test]
async fn a_failed_statement_takes_its_whole_transaction_with_it() {
    let database = database().await;
    let txn = database.begin().await.expect("begun");
    insert(&txn, 1).await.expect("inserted");
    insert(&txn, 1).await.expect_err("there already");
    let later = insert(&txn, 2).await.expect_err("it has failed before");
    assert!(database::is_unique_violation(&later), "{later}");
    assert!(txn.failure().is_some());
    let refused = txn.commit().await.expect_err("it has failed before");
    assert!(database::is_unique_violation(&refused), "{refused}");
    assert_eq!(database.commit_failures().total, 0, "the storage is well");
    assert_eq!(kept(&database).await, [0; 0]);
    let txn = database.begin().await.expect("begun");
    insert(&txn, 3).await.expect("inserted");
    txn.commit().await.expect("committed");
    assert_eq!(kept(&database).await, [3]);
}

#[tokio::test]
async fn what_was_acknowledged_after_failures_is_there() {
    let database = database().await;
    if database.backend() != DatabaseBackend::Sqlite {
        testkit::left_out("a full SQLite file, on PostgreSQL");
        return;
    }
    for round in 0..5 {
        let txn = database.begin().await.expect("begun");
        let full = "PRAGMA max_page_count = 1";
        txn.execute_unprepared(full).await.expect("a full disk");
        let insert_much = "CREATE TABLE much AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n";
        let error = txn.execute_unprepared(insert_much).await;
        let error = error.expect_err("no room");
        assert_eq!(database::kind(&error), kernel::Kind::Unavailable);
        txn.commit().await.expect_err("nothing to commit");
        // A rollback that follows leaves nothing open either.
        let txn = database.begin().await.expect("begun");
        insert(&txn, 100).await.expect("inserted");
        drop(txn);
        let txn = database.begin().await.expect("begun");
        insert(&txn, round).await.expect("inserted");
        txn.commit().await.expect("committed");
        assert_eq!(kept(&database).await, (0..=round).collect::<Vec<_>>());
    }
    assert_eq!(database.commit_failures().total, 5);
}

#[tokio::test]
async fn a_transaction_whose_future_is_dropped_or_panics_leaves_nothing() {
    let database = database().await;
    let dropped = async {
        let txn = database.begin().await.expect("begun");
        insert(&txn, 1).await.expect("inserted");
        std::future::pending::<()>().await;
        txn.commit().await.expect("committed");
    };
    let ended = tokio::time::timeout(Duration::from_millis(200), dropped).await;
    ended.expect_err("it waits for ever");
    let own = database.clone();
    let panicked = tokio::spawn(async move {
        let txn = own.begin().await.expect("begun");
        insert(&txn, 2).await.expect("inserted");
        panic!("in the middle");
    });
    assert!(panicked.await.expect_err("a panic").is_panic());
    let txn = database.begin().await.expect("begun");
    insert(&txn, 3).await.expect("inserted");
    txn.commit().await.expect("committed");
    assert_eq!(kept(&database).await, [3]);
}

#[tokio::test]
async fn a_commit_that_has_begun_ends_though_nobody_waits_and_is_reported() {
    let database = database().await;
    let mut commits = database.commits(Change::Content);
    let txn = database.begin().await.expect("begun");
    insert(&txn, 1).await.expect("inserted");
    commits.borrow_and_update();
    // The client goes away after the first step of the commit.
    let mut commit = Box::pin(txn.commit());
    assert!((&mut commit).now_or_never().is_none());
    drop(commit);
    let told = tokio::time::timeout(Duration::from_secs(10), commits.changed()).await;
    told.expect("in time").expect("told");
    assert_eq!(kept(&database).await, [1]);
}

#[tokio::test]
async fn a_private_commit_keeps_content_and_wakes_only_who_waits_for_its_changes() {
    let database = database().await;
    let before = database.generation();
    let outbox = database.commits(Change::Outbox);
    let inbox = database.commits(Change::Inbox);
    let txn = database.begin_private().await.expect("begun");
    insert(&txn, 1).await.expect("inserted");
    txn.changes(Change::Outbox);
    txn.commit().await.expect("committed");
    assert_eq!(database.generation(), before);
    assert!(outbox.has_changed().expect("open"));
    assert!(!inbox.has_changed().expect("open"));
    let txn = database.begin().await.expect("begun");
    insert(&txn, 2).await.expect("inserted");
    txn.commit().await.expect("committed");
    assert_eq!(database.generation(), before + 1);
}

#[tokio::test]
async fn statements_and_transactions_are_counted() {
    let database = database().await;
    let before = database.work();
    let txn = database.begin().await.expect("begun");
    insert(&txn, 1).await.expect("inserted");
    insert(&txn, 2).await.expect("inserted");
    txn.commit().await.expect("committed");
    assert_eq!(kept(&database).await, [1, 2]);
    let after = database.work();
    assert_eq!(after.transactions - before.transactions, 1);
    assert_eq!(after.statements - before.statements, 3);
}

#[tokio::test]
async fn what_reads_cannot_write_to_a_file() {
    let database = database().await;
    if database.backend() != DatabaseBackend::Sqlite {
        testkit::left_out("connections that read alone, on PostgreSQL");
        return;
    }
    insert(database.read(), 1).await.expect_err("for reading");
    assert_eq!(kept(&database).await, [0; 0]);
}

#[tokio::test]
async fn content_that_can_never_be_stored_is_told_from_what_may_be_stored_later() {
    let database = database().await;
    let failed = async |sql: &str| {
        let txn = database.begin_private().await.expect("a transaction");
        txn.execute_unprepared(sql).await.expect_err(sql)
    };
    let never = match database.backend() {
        DatabaseBackend::Postgres => {
            let table = "CREATE TABLE named (name TEXT PRIMARY KEY)";
            let made = database.for_migrations().execute_unprepared(table).await;
            made.expect("a table");
            // It is as large as no page of an index, and cannot be made smaller.
            "INSERT INTO named SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) n"
        }
        _ => "INSERT INTO kept VALUES (zeroblob(2000000000))",
    };
    let error = failed(never).await;
    assert!(database::refuses_content(&error), "{error}");
    for other in [
        "INSERT INTO nowhere VALUES (1)",
        "INSERT INTO kept VALUES (1), (1)",
    ] {
        let error = failed(other).await;
        assert!(!database::refuses_content(&error), "{error}");
    }
}
