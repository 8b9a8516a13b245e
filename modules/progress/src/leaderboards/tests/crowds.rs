//! Many learners who gain points at once.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use database::{Database, Transaction};
use kernel::PageRequest;
use sea_orm::DatabaseBackend;

use super::super::request::{Appear, BoardFilter};
use crate::domain::Scope;
use crate::leaderboards::{self, Gain};
use crate::learners;
use crate::tests::{ModuleTest, course, user};

async fn gain(txn: &Transaction, number: u128, points: i64, moment: DateTime<Utc>) {
    let learner = learners::lock(txn, user(number)).await.unwrap().unwrap();
    let gain = Gain {
        course: Some(course()),
        in_course: points,
        beside: 0,
    };
    leaderboards::add_points(txn, &learner, gain, moment)
        .await
        .unwrap();
}

async fn gain_alone(database: &Database, number: u128, points: i64, moment: DateTime<Utc>) {
    let txn = database.begin().await.unwrap();
    gain(&txn, number, points, moment).await;
    txn.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn gains_at_once_are_all_counted() {
    const LEARNERS: u128 = 20;
    const ROUNDS: i64 = 10;
    let test = Arc::new(ModuleTest::with_course().await);
    let moment = test.env.now();
    let mut tasks = Vec::new();
    for number in 1..=LEARNERS {
        let test = Arc::clone(&test);
        tasks.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                gain_alone(&test.database, number, 10, moment).await;
                // One in four hides and shows themselves in between.
                if number % 4 == 0 {
                    let appear = Appear {
                        visible: round % 2 == 1,
                        alias: None,
                    };
                    let boards = &test.progress.leaderboards;
                    boards
                        .replace_settings(user(number), &appear)
                        .await
                        .unwrap();
                }
            }
        }));
    }
    // As the inbox handles the events of several learners in one transaction.
    let events = Arc::clone(&test);
    tasks.push(tokio::spawn(async move {
        for first in 1..=LEARNERS {
            let txn = events.database.begin().await.unwrap();
            for number in [
                first,
                1 + (first + 6) % LEARNERS,
                1 + (first + 12) % LEARNERS,
            ] {
                gain(&txn, number, 10, moment).await;
            }
            txn.commit().await.unwrap();
        }
    }));
    for task in tasks {
        task.await.unwrap();
    }
    let wrong = leaderboards::wrong_counts(&test.database).await.unwrap();
    assert_eq!(wrong, []);
    let request = PageRequest {
        count: true,
        ..PageRequest::first(50)
    };
    let filter = BoardFilter::default();
    let boards = &test.progress.leaderboards;
    let page = boards
        .list(user(99), Scope::Global, &filter, &request)
        .await;
    let page = page.unwrap();
    assert_eq!(page.total, Some(20));
    let each = 10 * (ROUNDS + 3);
    let found: Vec<_> = page
        .items
        .iter()
        .map(|one| (one.rank, one.points))
        .collect();
    assert_eq!(found, [(1, each); 20]);
}

#[tokio::test]
async fn nobody_waits_for_counts_that_another_has_not_committed() {
    let test = ModuleTest::with_course().await;
    if test.database.backend() != DatabaseBackend::Postgres {
        testkit::left_out("two writers at once, which SQLite does not have");
        return;
    }
    let moment = test.env.now();
    for number in 1..=3 {
        gain_alone(&test.database, number, 10, moment).await;
    }
    let events = test.database.begin().await.unwrap();
    gain(&events, 1, 10, moment).await;
    // The same buckets of the same boards, and at once the learner for whom the other waits next.
    gain_alone(&test.database, 2, 10, moment).await;
    gain(&events, 2, 10, moment).await;
    gain_alone(&test.database, 3, 10, moment).await;
    events.commit().await.unwrap();
    let wrong = leaderboards::wrong_counts(&test.database).await.unwrap();
    assert_eq!(wrong, []);
}
