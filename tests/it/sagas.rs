//! An erasure by the real binary, which is killed in the middle of it and continued by a command.

#[cfg(feature = "rabbitmq")]
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use database::saga::{self, Saga, SagaState, SagaStep};
use database::{Database, Transaction};
use gopro::module_name::ModuleName;
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::process::{gopro, run, seed_demo};
#[cfg(feature = "rabbitmq")]
use crate::support::proxy::{Passing, Proxy};
#[cfg(feature = "rabbitmq")]
use crate::support::split;
use crate::support::storage::Storage;
use crate::support::{Client, Process};

const COURSE: &str = "01940000-0000-7000-8000-000000000001";

/// As long as this lives, nothing can be delivered to the module.
async fn hold(database: &Database) -> Transaction {
    let txn = database.begin().await.expect("a transaction");
    if database.backend() == DatabaseBackend::Postgres {
        // The server would end a transaction that does nothing for long.
        let lock =
            "SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE inbox IN EXCLUSIVE MODE";
        txn.execute_unprepared(lock).await.expect("a lock");
    }
    txn
}

async fn log_in(server: &Process, login: &str) -> Client {
    let mut client = server.client();
    client.log_in(login, PASSWORD).await;
    client
}

async fn newest(user: &Database) -> (Saga, Vec<SagaStep>) {
    let db = user.read();
    let sagas = saga::list(db, 1).await.expect("sagas");
    let saga = sagas.into_iter().next().expect("a saga");
    let steps = saga::steps(db, saga.id).await.expect("steps");
    (saga, steps)
}

async fn change(user: &Database, edit: impl Fn(&mut Saga)) {
    let (mut saga, _) = newest(user).await;
    edit(&mut saga);
    let txn = user.begin().await.expect("a transaction");
    saga::update(&txn, &saga).await.expect("changed");
    txn.commit().await.expect("committed");
}

/// As though the time to wait were over.
async fn make_due(user: &Database) {
    change(user, |saga| saga.available_at = DateTime::<Utc>::UNIX_EPOCH).await;
}

/// Waits until this is the step to be done.
async fn wait_for(user: &Database, step: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (saga, steps) = newest(user).await;
        if saga.step == step {
            return;
        }
        assert!(Instant::now() < deadline, "{step}: {saga:?} {steps:?}");
        crate::support::between_looks().await;
    }
}

fn names(steps: &[SagaStep]) -> Vec<&str> {
    steps.iter().map(|done| done.step.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_killed_twice_and_fails_once_is_done_once() {
    let storage = Storage::new().await;
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let learner = log_in(&server, "learner").await;
    let enroll = json!({ "course_id": COURSE });
    learner
        .post("/api/v1/progress/enrollments", enroll)
        .await
        .expect_status_in(&[200, 201]);
    let databases = storage.databases().await;
    let user = databases.of(ModuleName::User).expect("a module");
    storage.settle(&[&server.internal_url]).await;
    learner.delete("/api/v1/users/me").await.expect_status(202);
    storage.settle(&[&server.internal_url]).await;

    let held = hold(databases.of(ModuleName::Progress).expect("a module")).await;
    make_due(user).await;
    wait_for(user, "progress").await;
    assert_eq!(names(&newest(user).await.1), ["course"]);
    server.kill();
    held.rollback().await.expect("let go");

    let server = Process::serve(&storage, &[]).await;
    wait_for(user, "sweep").await;
    server.kill();
    let before = ["course", "progress", "notification", "tombstone"];
    // The last step may just have been done.
    assert_eq!(names(&newest(user).await.1)[..before.len()], before);
    change(user, |saga| saga.state = SagaState::Failed).await;

    let server = Process::serve(&storage, &[]).await;
    storage.settle(&[&server.internal_url]).await;
    let (saga, _) = newest(user).await;
    let id = saga.id.to_string();
    let command = |arguments: &[&str]| run(gopro(&storage).arg("sagas").args(arguments));
    let (code, list, errors) = command(&["list"]);
    assert_eq!(code, 0, "{errors}");
    assert!(
        list.contains(&format!("{id} erasure  failed    sweep")),
        "{list}"
    );
    let (code, _, errors) = command(&["retry", &id]);
    assert_eq!(code, 0, "{errors}");
    let (code, shown, errors) = command(&["show", &id]);
    assert_eq!(code, 0, "{errors}");
    assert!(shown.contains(&format!("{id} erasure  done ")), "{shown}");
    let (code, _, errors) = command(&["retry", &id]);
    assert_eq!(code, 1, "it is done");
    assert!(errors.contains("gopro sagas list"), "{errors}");

    let admin = log_in(&server, "admin").await;
    let path = format!("/api/v1/users/{}/erasure", saga.subject);
    let certificate = admin.get(&path).await.expect_status(200);
    assert_eq!(certificate["state"], "done");
    let steps = certificate["steps"].as_array().expect("steps");
    let removed: Vec<_> = steps.iter().map(|done| &done["removed"]).collect();
    assert_eq!(removed.len(), 5, "{certificate}");
    assert_eq!(removed[1]["enrollments"], 1, "{certificate}");
    assert_eq!(removed[3]["account"], 1, "{certificate}");
    assert_eq!(server.terminate(), 0);
}

#[cfg(feature = "rabbitmq")]
#[tokio::test(flavor = "multi_thread")]
async fn r36_a_saga_waits_while_the_network_is_cut_and_goes_on_when_it_is_back() {
    let storage = Storage::new().await;
    if !split::possible(&storage) {
        return;
    }
    seed_demo(&storage);
    let (server, by) = storage.broker().expect("a broker");
    let proxy = Proxy::to(server).await;
    let through = [format!("bus.url={}", by(proxy.address))];
    let services = split::serve_with(&storage, ModuleName::Progress, &through).await;
    let internal: Vec<_> = services[1..]
        .iter()
        .map(|service| service.internal_url.as_str())
        .collect();
    let learner = log_in(&services[0], "learner").await;
    storage.settle(&internal).await;
    learner.delete("/api/v1/users/me").await.expect_status(202);
    storage.settle(&internal).await;
    let databases = storage.databases().await;
    let user = databases.of(ModuleName::User).expect("a module");

    // What is open hangs from now on, and nothing new gets through.
    proxy.strand();
    proxy.pass(Passing::Nothing);
    make_due(user).await;
    wait_for(user, "progress").await;
    let cut = Instant::now();
    while cut.elapsed() < Duration::from_secs(10) {
        let anybody = services[0].client().get("/api/v1/courses").await;
        anybody.expect_status(200);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (saga, steps) = newest(user).await;
    assert_eq!(
        (saga.step.as_str(), saga.state),
        ("progress", SagaState::Running)
    );
    assert_eq!(names(&steps), ["course"]);

    proxy.pass(Passing::All);
    let healed = Instant::now();
    wait_for(user, "sweep").await;
    let took = healed.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    storage.settle(&internal).await;
    let (_, steps) = newest(user).await;
    let each_once = ["course", "progress", "notification", "tombstone"];
    assert_eq!(names(&steps), each_once);
    // What is done a second time removes nothing.
    let removed: BTreeMap<String, u64> = serde_json::from_str(&steps[1].result).expect("counts");
    assert!(removed.values().sum::<u64>() > 0, "{removed:?}");
    println!(
        "R-36 a network cut for 10 s in the middle of an erasure: it waited, went on {took:.1?} after, and each step was done once"
    );
}
