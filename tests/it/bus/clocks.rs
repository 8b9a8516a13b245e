//! By whose clock an event waits for its next try.

use std::sync::Arc;

use async_trait::async_trait;
use bus::{Handler, HandlerError, InboxWorker, Subscription, accept};
use chrono::Duration;
use database::{Transaction, inbox};
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

#[tokio::test]
async fn the_next_try_is_due_by_the_clock_that_all_processes_of_a_database_share() {
    let store = TestDatabase::new::<migrations::course::Migrator>().await;
    let clock = FixedClock::at("2026-03-01T10:00:00Z");
    let env = testkit::env(&clock);
    let subscription = Subscription {
        consumer: "test",
        database: store.clone(),
        types: &["test.noted.v1"],
        handler: Arc::new(Refusing),
    };
    let worker = InboxWorker::new(subscription, env.clone());
    let event = envelope("note", 1);
    let taken = accept(&store, &[&event], env.now()).await;
    taken.expect("taken");
    let tried = worker.drain().await.expect("tried");
    assert_eq!(tried, 1);

    let shared = database::clock(store.read(), env.now()).await;
    let shared = shared.expect("the clock");
    let row = inbox::Entity::find().one(store.read()).await;
    let row = row.expect("read").expect("a row");
    let waits = row.available_at - shared;
    assert!(waits.abs() < Duration::seconds(1), "{waits}");

    let later = inbox::Entity::update_many()
        .col_expr(
            inbox::Column::AvailableAt,
            Expr::value(shared + Duration::hours(1)),
        )
        .exec(store.for_migrations());
    later.await.expect("it waits");
    clock.advance(shared - env.now() + Duration::hours(2));
    let tried = worker.drain().await.expect("looked");
    // On PostgreSQL a process whose clock is ahead tries nothing early.
    let due = usize::from(store.backend() == DatabaseBackend::Sqlite);
    assert_eq!(tried, due);
}
