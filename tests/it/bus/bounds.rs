//! What is too large or is refused, and what takes too long: it holds up its own aggregate alone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bus::{Handler, HandlerError, InboxWorker, LARGEST_EVENT, Subscription, accept};
use database::{Transaction, inbox, outbox};
use kernel::{Env, Envelope, Event, Operation};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, PaginatorTrait, QueryFilter, Set,
};
use serde::{Deserialize, Serialize};
use testkit::TestDatabase;

use super::bus_test::{BusTest, Transport, envelope};
use super::{expected, in_order};

#[derive(Serialize, Deserialize)]
struct Long {
    text: String,
}

impl Event for Long {
    const TYPE: &'static str = "test.long.v1";
    const AGGREGATE: &'static str = "long";

    fn subject(&self) -> String {
        "one".to_owned()
    }
}

async fn append(test: &BusTest, bytes: usize) -> Result<(), String> {
    let long = Long {
        text: "x".repeat(bytes),
    };
    let (env, operation) = (Env::system(), Operation::system("test"));
    let txn = test.source.begin().await.expect("a transaction");
    let appended = bus::append(&txn, &env, &operation, "test", &long).await;
    appended.map_err(|error| error.to_string())
}

/// Lays an event into the outbox as it is.
async fn lay(test: &BusTest, stream: &str, envelope: &Envelope) {
    let row = outbox::ActiveModel {
        event_id: Set(envelope.id.uuid()),
        stream: Set(stream.to_owned()),
        envelope: Set(serde_json::to_string(envelope).expect("JSON")),
        state: Set(outbox::PENDING),
        error: Set(None),
        created_at: Set(envelope.time),
        ..Default::default()
    };
    outbox::Entity::insert(row)
        .exec_without_returning(test.source.for_migrations())
        .await
        .expect("laid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_over_the_bound_is_refused_and_one_that_is_there_is_parked() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        append(&test, LARGEST_EVENT / 2).await.expect("appended");
        let refused = append(&test, LARGEST_EVENT).await.expect_err("refused");
        assert!(refused.contains("at most"), "{refused}");

        let mut huge = envelope("note-9", 1);
        huge.data["more"] = "x".repeat(LARGEST_EVENT).into();
        lay(&test, "note/note-9", &huge).await;
        test.publish("note-9", 2).await;
        for number in 1..=3 {
            for note in 0..5 {
                test.publish(&format!("note-{note}"), number).await;
            }
        }
        test.start();
        for listener in &test.listeners {
            let heard = async || in_order(&listener.handled().await) == expected(5, 3);
            test.wait_until("heard", heard).await;
        }
        // An event is handled before the relay has committed that it was published.
        let settled = async || {
            let backlog = test.backlog(&test.source).await;
            (backlog.outbox_parked, backlog.outbox_pending) == (1, 1)
        };
        test.wait_until("settled", settled).await;
        test.end().await;
    }
}

/// Lets the first listener's database refuse one note, or no more.
async fn refuse(database: &TestDatabase, on: bool) {
    let statement = match (database.backend(), on) {
        (DatabaseBackend::Postgres, true) => {
            "ALTER TABLE inbox ADD CONSTRAINT refusing CHECK (stream <> 'note/bad')"
        }
        (DatabaseBackend::Postgres, false) => "ALTER TABLE inbox DROP CONSTRAINT refusing",
        (_, true) => {
            "CREATE TRIGGER refusing BEFORE INSERT ON inbox WHEN NEW.stream = 'note/bad'
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        (_, false) => "DROP TRIGGER refusing",
    };
    let db = database.for_migrations();
    db.execute_unprepared(statement).await.expect("set");
}

async fn pending(test: &BusTest) -> u64 {
    outbox::Entity::find()
        .filter(outbox::Column::State.eq(outbox::PENDING))
        .count(test.source.read())
        .await
        .expect("an outbox")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_bus_refuses_holds_up_its_own_note_alone() {
    let mut test = BusTest::new(&Transport::Memory).await.expect("no broker");
    refuse(&test.listeners[0].database, true).await;
    for number in 1..=2 {
        test.publish("bad", number).await;
        for note in 0..20 {
            test.publish(&format!("note-{note}"), number).await;
        }
    }
    test.start();
    let first = &test.listeners[0];
    let others = async || in_order(&first.handled().await) == expected(20, 2);
    test.wait_until("heard by the others", others).await;
    test.wait_until("left", async || pending(&test).await == 2)
        .await;
    refuse(&test.listeners[0].database, false).await;
    test.settle(42).await;
    for listener in &test.listeners {
        let mut notes = expected(20, 2);
        notes.insert("bad".to_owned(), vec![1, 2]);
        assert_eq!(in_order(&listener.handled().await), notes);
    }
    test.end().await;
}

#[cfg(feature = "rabbitmq")]
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_ends_the_connection_to_the_broker_holds_up_its_own_note_alone() {
    let Some(mut test) = BusTest::new(&Transport::Rabbit).await else {
        return;
    };
    // The headers of a message must fit a frame, which is much less than this.
    let bad = envelope(&"x".repeat(300_000), 1);
    lay(&test, "note/bad", &bad).await;
    for number in 1..=2 {
        for note in 0..20 {
            test.publish(&format!("note-{note}"), number).await;
        }
    }
    test.start();
    for listener in &test.listeners {
        let heard = async || in_order(&listener.handled().await) == expected(20, 2);
        test.wait_until("heard", heard).await;
    }
    test.wait_until("left", async || pending(&test).await == 1)
        .await;
    test.end().await;
}

/// Does nothing with its transaction for longer than the database bears.
struct Idle;

#[async_trait]
impl Handler for Idle {
    async fn handle(&self, txn: &Transaction, _: &Envelope) -> Result<(), HandlerError> {
        txn.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
            .await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        txn.execute_unprepared("SELECT 1").await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_handler_that_the_database_ended_for_being_idle_has_had_a_try() {
    let store = TestDatabase::new::<migrations::course::Migrator>().await;
    if store.backend() != DatabaseBackend::Postgres {
        return;
    }
    let env = Env::system();
    let subscription = Subscription {
        intake: bus::Intake::default(),
        consumer: "test",
        database: store.clone(),
        types: &["test.noted.v1"],
        handler: Arc::new(Idle),
    };
    let worker = InboxWorker::new(subscription, env.clone());
    let event = envelope("note", 1);
    accept(&store, &[&event], env.now()).await.expect("taken");
    assert_eq!(worker.drain().await.expect("tried"), 1);
    let row = inbox::Entity::find().one(store.read()).await;
    let row = row.expect("read").expect("a row");
    assert_eq!((row.attempts, row.state), (1, inbox::PENDING));
}
