//! What goes wrong inside a process and between it and its database: each test prints what it has
//! measured.

mod commit;
mod disk;
mod flush;
mod ledger;
mod stopped;

use std::backtrace::Backtrace;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use database::outbox;
use gopro::module_name::ModuleName;
use kernel::{Clock, Env, Envelope, Rng, SystemRng};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::private_postgres::PrivatePostgres;
use crate::support::process::seed_demo;
use crate::support::storage::Storage;
use crate::support::{AppTest, Process};

const RESTARTS: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn r20_a_database_that_restarts_loses_nothing_that_was_acknowledged() {
    let Some(postgres) = PrivatePostgres::start() else {
        return;
    };
    let postgres = Arc::new(postgres);
    let mut storage = Storage::new().await;
    storage.database_url = postgres.url();
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let mut client = server.client();
    client.log_in("learner", PASSWORD).await;
    let mut acknowledged = 0_i64;
    let (mut refused, mut longest) = (0, Duration::ZERO);
    for _ in 0..RESTARTS {
        let restarting = tokio::task::spawn_blocking({
            let postgres = Arc::clone(&postgres);
            move || postgres.restart()
        });
        let mut back = None;
        let mut after = 0;
        while after < 50 {
            if back.is_none() && restarting.is_finished() {
                back = Some(Instant::now());
            }
            let name = json!({ "display_name": format!("Lea the {acknowledged}th") });
            let answer = client.patch("/api/v1/users/me", name).await;
            match answer.status {
                200 => {
                    acknowledged += 1;
                    if let Some(back) = back {
                        if after == 0 {
                            longest = longest.max(back.elapsed());
                        }
                        after += 1;
                    }
                }
                503 => refused += 1,
                _ => panic!("{} {}", answer.status, answer.text),
            }
        }
        restarting.await.expect("restarted");
    }
    storage.settle(&[&server.internal_url]).await;
    let me = client.get("/api/v1/users/me").await.expect_status(200);
    let version = me["version"].as_i64().expect("a version");
    let databases = storage.databases().await;
    let database = databases.of(ModuleName::User).expect("a module");
    let rows = outbox::Entity::find().all(database.read()).await;
    let told = rows.expect("an outbox").into_iter().filter(|row| {
        let envelope: Envelope = serde_json::from_str(&row.envelope).expect("an envelope");
        envelope.kind == "user.updated.v1"
    });
    let told = i64::try_from(told.count()).expect("few");
    // A commit whose answer was lost in the gap is stored and was not acknowledged.
    assert!(
        (acknowledged..=acknowledged + i64::from(RESTARTS)).contains(&told),
        "{told} of {acknowledged}"
    );
    assert_eq!(version, told + 1, "an event for each change");
    assert!(
        longest < Duration::from_secs(2),
        "first success after {longest:?}"
    );
    println!(
        "R-20 {RESTARTS} restarts of PostgreSQL: {acknowledged} changes acknowledged, {refused} put off with 503, lost 0, first success {longest:.1?} after it accepts"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r23_requests_that_find_no_connection_are_put_off_in_time() {
    let storage = Storage::new().await;
    if storage.database_url.is_empty() {
        testkit::left_out("SQLite has no pool of writers");
        return;
    }
    seed_demo(&storage);
    let settings = [
        "--set",
        "database.max_connections=5",
        // One user may have so many requests in progress here.
        "--set",
        "limits.requests_per_minute=1000000",
    ];
    let server = Process::serve(&storage, &settings).await;
    let mut client = server.client();
    client.log_in("learner", PASSWORD).await;
    // Whoever changes the learner waits for this transaction, with a connection in hand.
    let databases = storage.databases().await;
    let holder = databases
        .of(ModuleName::User)
        .expect("a module")
        .begin()
        .await
        .expect("begun");
    holder
        .execute_unprepared("SELECT id FROM account FOR UPDATE")
        .await
        .expect("locked");
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                let begun = Instant::now();
                let name = json!({ "display_name": format!("Lea {number}") });
                let answer = client.patch("/api/v1/users/me", name).await;
                (answer.status, begun.elapsed())
            })
        })
        .collect();
    // A session that says nothing within a transaction is ended by the server.
    while tasks.iter().filter(|task| task.is_finished()).count() < 190 {
        let still_here = holder.execute_unprepared("SELECT 1").await;
        still_here.expect("a lock that is held");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    holder.rollback().await.expect("let go");
    let free = Instant::now();
    client.get("/api/v1/users/me").await.expect_status(200);
    let name = json!({ "display_name": "Lea again" });
    client
        .patch("/api/v1/users/me", name)
        .await
        .expect_status(200);
    let back = free.elapsed();
    let (mut changed, mut put_off, mut longest) = (0, 0, Duration::ZERO);
    for task in tasks {
        match task.await.expect("an answer") {
            (200, _) => changed += 1,
            (503, took) => {
                put_off += 1;
                longest = longest.max(took);
            }
            (other, _) => panic!("{other}"),
        }
    }
    assert!(put_off >= 190, "{put_off} put off, {changed} changed");
    // The wait for a connection is 2 s; what remains is the machine's.
    assert!(longest < Duration::from_secs(4), "{longest:?}");
    assert!(back < Duration::from_secs(1), "{back:?}");
    println!(
        "R-23 200 changes that wait for a lock over 5 connections: {put_off} put off with 503 after {longest:.1?} at most, {changed} done, the next one {back:.1?} after the lock"
    );
}

/// A clock and a source of chance that end whatever asks them from one of some functions by a panic.
#[derive(Default)]
struct Loose {
    broken_for: Mutex<Vec<&'static str>>,
    panicked: Mutex<BTreeSet<&'static str>>,
}

impl Loose {
    fn break_for(&self, functions: &[&'static str]) {
        let mut broken_for = lock(&self.broken_for);
        *broken_for = functions.to_vec();
    }
}

impl Loose {
    fn ask(&self) {
        let broken_for = lock(&self.broken_for).clone();
        if broken_for.is_empty() {
            return;
        }
        let way = Backtrace::force_capture().to_string();
        let mut asking = broken_for.into_iter();
        if let Some(function) = asking.find(|function| way.contains(function)) {
            lock(&self.panicked).insert(function);
            panic!("out of order");
        }
    }
}

impl Clock for Loose {
    fn now(&self) -> DateTime<Utc> {
        self.ask();
        Env::system().now()
    }
}

impl Rng for Loose {
    fn fill(&self, bytes: &mut [u8]) {
        self.ask();
        SystemRng.fill(bytes);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn r41_a_panic_ends_nothing_but_what_panicked() {
    let handler = "user::accounts::http::me";
    // The file of `join_trace`, because its name stands in the types of outer frames.
    let middleware = "src/gateway/trace.rs";
    let behind = [
        handler,
        "bus::inbox",
        "bus::relay",
        "notification::delivery::sender",
        // Async functions stand in a backtrace without their names.
        "src/privacy/service/sagas.rs",
    ];
    let clock = Arc::new(Loose::default());
    let rng = Arc::clone(&clock) as Arc<dyn Rng>;
    let env = Env::new(Arc::clone(&clock) as Arc<dyn Clock>, rng);
    let app = AppTest::demo_with(env).await;
    let lena = app.log_in("learner").await;
    let change = async || {
        let name = json!({ "display_name": "Lea" });
        lena.patch("/api/v1/users/me", name).await
    };
    let begun = Instant::now();
    clock.break_for(&behind);
    let mut failed = 0;
    while lock(&clock.panicked).len() < behind.len() {
        let seen = lock(&clock.panicked).clone();
        assert!(begun.elapsed() < Duration::from_secs(60), "only {seen:?}");
        change().await.expect_problem(500, "server.internal_error");
        failed += 1;
        lena.get("/api/v1/courses").await.expect_status(200);
        app.anonymous().get("/readyz").await.expect_status(200);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    clock.break_for(&[middleware]);
    let answer = change().await;
    assert!(answer.header("x-request-id").is_some(), "an id to report");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    answer.expect_problem(500, "server.internal_error");
    clock.break_for(&[]);
    let mended = Instant::now();
    change().await.expect_status(200);
    let lesson = "/api/v1/progress/lessons/01940000-0000-7000-8000-000000000101/complete";
    lena.touch(lesson).await.expect_status(200);
    app.settle().await;
    println!(
        "R-41 panics in a handler ({failed} answers of 500), a middleware, a consumer, two tasks and a schedule: everything else answered, and all events had their effect {:.1?} after",
        mended.elapsed()
    );
}
