//! Restarts of instances one after the other, behind a gateway that is in use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::process::{Process, quiet_port, seed_demo};
use crate::support::storage::Storage;
use crate::support::{Answer, Client};

const RESTARTS: usize = 20;
const RATE: u64 = 500;
const CLIENTS: u64 = 16;

/// What the clients have seen.
#[derive(Default)]
struct Ledger {
    enough: AtomicBool,
    answered: AtomicU64,
    changed: AtomicU64,
}

/// An instance of all four modules.
struct Instance {
    storage: Storage,
    port: u16,
    settings: Vec<String>,
    process: Option<Process>,
}

impl Instance {
    async fn start(storage: Storage, key: &str) -> Self {
        let rpc = quiet_port();
        let mut instance = Self {
            storage,
            port: quiet_port(),
            settings: vec![
                format!("auth.master_key_file={key}"),
                format!("rpc.address=127.0.0.1:{rpc}"),
                "server.drain_seconds=2".to_owned(),
                "database.max_connections=3".to_owned(),
            ],
            process: None,
        };
        instance.serve().await;
        instance
    }

    async fn serve(&mut self) {
        let process = Process::serve_at(&self.storage, self.port, &self.settings).await;
        self.process = Some(process);
    }

    async fn restart(&mut self) {
        let process = self.process.take().expect("a process");
        let ended = tokio::task::spawn_blocking(|| process.terminate()).await;
        assert_eq!(ended.expect("waited"), 0);
        self.serve().await;
    }

    fn rpc(&self) -> String {
        let setting = self
            .settings
            .iter()
            .find_map(|setting| setting.strip_prefix("rpc.address="));
        format!("http://{}", setting.expect("an address"))
    }
}

async fn ask(client: &Client, number: u64, turn: u64) -> Answer {
    match turn % 25 {
        0 => {
            let name = json!({ "display_name": format!("Lea {number} {turn}") });
            client.patch("/api/v1/users/me", name).await
        }
        1..=8 => client.get("/api/v1/users/me").await,
        9..=14 => client.get("/api/v1/progress").await,
        _ => client.get("/api/v1/courses/go-from-zero/outline").await,
    }
}

async fn use_it(client: Client, number: u64, ledger: Arc<Ledger>) {
    let mut beat = tokio::time::interval(Duration::from_millis(1000 * CLIENTS / RATE));
    let mut turn = 0;
    while !ledger.enough.load(Ordering::Relaxed) {
        beat.tick().await;
        let answer = ask(&client, number, turn).await;
        assert_eq!(answer.status, 200, "{} {:?}", answer.text, answer.headers);
        ledger.answered.fetch_add(1, Ordering::Relaxed);
        if turn % 25 == 0 {
            ledger.changed.fetch_add(1, Ordering::Relaxed);
        }
        turn += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_rolling_restarts_behind_the_gateway_fail_no_request() {
    let storage = Storage::new().await;
    if storage.database_url.is_empty() {
        testkit::left_out("on SQLite there is one instance");
        return;
    }
    seed_demo(&storage);
    let beside = storage.beside();
    let key = storage.folder.path().join("data/master.key");
    let key = key.display().to_string();
    let mut instances = [
        Instance::start(storage, &key).await,
        Instance::start(beside, &key).await,
    ];
    let at = instances
        .each_ref()
        .map(|one| format!("http://127.0.0.1:{}", one.port));
    let asked = instances.each_ref().map(Instance::rpc).join(",");
    let mut settings = vec!["--set".to_owned(), format!("rpc.user={asked}")];
    for module in ["user", "course", "progress", "notification"] {
        settings.push("--set".to_owned());
        settings.push(format!("gateway.{module}={}", at.join(",")));
    }
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let gateway = Process::gateway(&instances[0].storage, &settings).await;
    let mut client = gateway.client();
    client.log_in("learner", PASSWORD).await;
    let before = client.get("/api/v1/users/me").await.expect_status(200)["version"].clone();

    let ledger = Arc::new(Ledger::default());
    let begun = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::spawn(use_it(client.clone(), number, Arc::clone(&ledger))))
        .collect();
    for number in 0..RESTARTS {
        instances[number % 2].restart().await;
        // The other one ends only when the gateway has seen that this one is back.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    ledger.enough.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no request failed");
    }
    let took = begun.elapsed();
    let answered = ledger.answered.load(Ordering::Relaxed);
    let changed = ledger.changed.load(Ordering::Relaxed);
    let after = client.get("/api/v1/users/me").await.expect_status(200)["version"].clone();
    let counted = after
        .as_u64()
        .zip(before.as_u64())
        .map(|(after, before)| after - before);
    assert_eq!(counted, Some(changed), "a change for each acknowledged one");
    let rate = answered / took.as_secs().max(1);
    println!(
        "R-30 {RESTARTS} rolling restarts of two instances behind the gateway at {rate} requests/s: {answered} answered, {changed} changes, 0 failed"
    );
}
