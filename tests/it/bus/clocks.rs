//! By whose clock an event waits for its next try.

use std::sync::Arc;

use async_trait::async_trait;
use bus::{Handler, HandlerError, InboxWorker, Subscription, accept};
use chrono::{DateTime, Duration, Utc};
use database::{Database, Transaction, inbox};
use kernel::Envelope;
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseBackend, EntityTrait};
use testkit::{FixedClock, TestDatabase};

use super::bus_test::envelope;

struct Refusing;

#[async_trait]
impl Handler for Refusing {
    async fn handle(&self, _: &Transaction, _: &Envelope) -> Result<(), HandlerError> {
        Err(HandlerError::Retry("not yet".to_owned()))
    }
}

/// A module whose one event has failed once, by a clock of its own.
async fn refused_once(store: &TestDatabase, clock: &FixedClock) -> InboxWorker {
    let env = testkit::env(clock);
    let subscription = Subscription {
        intake: bus::Intake::default(),
        consumer: "test",
        database: Database::clone(store),
        types: &["test.noted.v1"],
        handler: Arc::new(Refusing),
    };
    let worker = InboxWorker::new(subscription, env.clone());
    let event = envelope("note", 1);
    let taken = accept(store, &[&event], env.now()).await;
    taken.expect("taken");
    assert_eq!(worker.drain().await.expect("tried"), 1);
    worker
}

/// Puts the event off until so long after the time that the processes share.
async fn put_off(store: &TestDatabase, own: DateTime<Utc>, by: Duration) {
    let shared = database::clock(store.read(), own).await;
    let until = shared.expect("the clock") + by;
    let later = inbox::Entity::update_many()
        .col_expr(inbox::Column::AvailableAt, Expr::value(until))
        .exec(store.for_migrations());
    later.await.expect("it waits");
}

#[tokio::test]
async fn an_event_that_a_clock_which_was_ahead_has_put_off_is_tried_at_once() {
    let store = TestDatabase::new::<migrations::course::Migrator>().await;
    let clock = FixedClock::at("2026-03-01T10:00:00Z");
    let worker = refused_once(&store, &clock).await;
    let own = kernel::Clock::now(&clock);
    put_off(&store, own, Duration::seconds(55)).await;
    let early = worker.drain().await.expect("looked");
    assert_eq!(early, 0, "it waits for its next try");
    for by in [Duration::minutes(2), Duration::days(3000)] {
        put_off(&store, own, by).await;
        assert_eq!(worker.drain().await.expect("tried"), 1, "{by}");
    }
}

#[tokio::test]
async fn the_next_try_is_due_by_the_clock_that_all_processes_of_a_database_share() {
    let store = TestDatabase::new::<migrations::course::Migrator>().await;
    let clock = FixedClock::at("2026-03-01T10:00:00Z");
    let env = testkit::env(&clock);
    let worker = refused_once(&store, &clock).await;
    let shared = database::clock(store.read(), env.now()).await;
    let shared = shared.expect("the clock");
    let row = inbox::Entity::find().one(store.read()).await;
    let row = row.expect("read").expect("a row");
    let waits = row.available_at - shared;
    assert!(waits.abs() < Duration::seconds(1), "{waits}");

    put_off(&store, env.now(), Duration::seconds(55)).await;
    clock.advance(shared - env.now() + Duration::minutes(2));
    let tried = worker.drain().await.expect("looked");
    // On PostgreSQL a process whose clock is ahead tries nothing early.
    let due = usize::from(store.backend() == DatabaseBackend::Sqlite);
    assert_eq!(tried, due);
}
