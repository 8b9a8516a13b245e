//! What goes wrong between a process and its database: each test prints what it has measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use database::outbox;
use gopro::modules::ModuleName;
use kernel::Envelope;
use sea_orm::EntityTrait;
use serde_json::json;

use crate::support::Process;
use crate::support::app::PASSWORD;
use crate::support::private_postgres::PrivatePostgres;
use crate::support::process::seed_demo;
use crate::support::storage::Storage;

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
    let mut person = server.client();
    person.log_in("learner", PASSWORD).await;
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
            let answer = person.patch("/api/v1/users/me", name).await;
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
    let me = person.get("/api/v1/users/me").await.expect_status(200);
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
