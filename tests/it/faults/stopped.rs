//! Processes that stand still and networks that go silent while they hold a lease.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gopro::module_name::ModuleName;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::ledger::{Ledger, course};
use crate::support::Client;
use crate::support::app::PASSWORD;
use crate::support::process::{Process, seed_demo};
use crate::support::proxy::{Passing, Proxy};
use crate::support::storage::Storage;

/// What `docs/reliability.md` promises of every loop.
const TAKEN_OVER: Duration = Duration::from_secs(10);
/// The loops that a change of a user keeps busy.
const IN_USE: [(ModuleName, &str); 3] = [
    (ModuleName::User, "relay"),
    (ModuleName::Progress, "inbox"),
    (ModuleName::Notification, "inbox"),
];
const COURSE: &str = "01940000-0000-7000-8000-000000000001";

#[derive(Debug, PartialEq)]
struct Lease {
    name: String,
    holder: Uuid,
    fence: i64,
    in_force: bool,
}

/// Two processes of all modules on one PostgreSQL server; the first one's way there may be broken.
struct Pair {
    storage: Storage,
    first: Process,
    second: Process,
    way: Proxy,
}

impl Pair {
    async fn start() -> Option<Self> {
        let url = testkit::postgres_url()?;
        let mut storage = Storage::new().await;
        seed_demo(&storage);
        let (_, place) = url.rsplit_once('@').unwrap_or(("", &url));
        let place = place.split('/').next().expect("a server").to_owned();
        let way = Proxy::to(place.clone()).await;
        let direct = storage.database_url.clone();
        storage.database_url = direct.replace(&place, &way.address.to_string());
        let first = Process::serve(&storage, &[]).await;
        storage.database_url = direct;
        let key = storage.folder.path().join("data/master.key");
        let key = format!("auth.master_key_file={}", key.display());
        let beside = storage.beside();
        let second = Process::serve(&beside, &["--set", &key]).await;
        Some(Self {
            storage,
            first,
            second,
            way,
        })
    }

    /// Every module has something to publish and to handle from now on: how long it takes until all of it
    /// had its effect, with the second process alone.
    async fn work_through(&self, round: usize) -> Duration {
        let begun = Instant::now();
        let mut admin = self.second.client();
        admin.log_in("admin", PASSWORD).await;
        let name = json!({ "display_name": format!("Ada {round}") });
        admin
            .patch("/api/v1/users/me", name)
            .await
            .expect_status(200);
        let mut instructor = self.second.client();
        instructor.log_in("instructor", PASSWORD).await;
        let made = course(&format!("Round {round}"));
        let made = instructor.post("/api/v1/courses", made).await;
        made.expect_status(201);
        let learner = format!("learner-{round}");
        let account = json!({
            "username": learner,
            "email": format!("{learner}@example.org"),
            "password": PASSWORD
        });
        let mut lea = self.second.client();
        let registered = lea.post("/api/v1/auth/register", account).await;
        registered.expect_status(201);
        lea.log_in(&learner, PASSWORD).await;
        let enroll = json!({ "course_id": COURSE });
        let enrolled = lea.post("/api/v1/progress/enrollments", enroll).await;
        enrolled.expect_status(201);
        let told = |lea: &Client| {
            let lea = lea.clone();
            async move {
                let inbox = lea.get("/api/v1/notifications").await.expect_status(200);
                inbox["items"]
                    .as_array()
                    .is_some_and(|items| !items.is_empty())
            }
        };
        while !told(&lea).await {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "nobody took over"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        begun.elapsed()
    }

    /// Who holds the leases of the loops that are in use, and their fencing numbers.
    async fn leases(&self) -> Vec<Lease> {
        let databases = self.storage.databases().await;
        let mut leases = Vec::new();
        for (module, name) in IN_USE {
            let database = databases.of(module).expect("a module");
            let sql = format!(
                "SELECT holder, fence, expires_at > clock_timestamp() FROM lease WHERE name = '{name}'"
            );
            let statement = Statement::from_string(database.backend(), sql);
            let row = database.read().query_one_raw(statement).await;
            let row = row.expect("a row").expect("a lease");
            leases.push(Lease {
                name: format!("{}/{name}", module.as_str()),
                holder: row.try_get_by(0).expect("a holder"),
                fence: row.try_get_by(1).expect("a number"),
                in_force: row.try_get_by(2).expect("whether it is in force"),
            });
        }
        leases
    }

    /// Waits until each lease is in other hands than `before`, by a greater number: each runs out
    /// by itself, and what there is to do may be done before the last of them.
    async fn expect_taken_over(&self, before: &[Lease]) {
        let begun = Instant::now();
        loop {
            let after = self.leases().await;
            let mut pairs = before.iter().zip(&after);
            if pairs
                .all(|(before, after)| after.holder != before.holder && after.fence > before.fence)
            {
                return;
            }
            assert!(begun.elapsed() < TAKEN_OVER, "{before:?} {after:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Keeps the first process busy, with all leases that are in use in its hands. The returned task
    /// goes on until it is ended, so that the process is stopped in the middle of something.
    async fn keep_first_busy(&self) -> JoinHandle<()> {
        let mut learner = self.first.client();
        learner.log_in("learner", PASSWORD).await;
        let changed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&changed);
        let busy = tokio::spawn(async move {
            for number in 0.. {
                let name = json!({ "display_name": format!("Lea {number}") });
                let answer = learner.patch("/api/v1/users/me", name).await;
                if answer.status == 200 {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        // A busy machine may let one lapse in between, and the second takes it then.
        for _ in 0..5 {
            let before = self.leave_all_to_first().await;
            let some = changed.load(Ordering::Relaxed);
            self.second.resume();
            // PostgreSQL may have ended what it had in hand.
            Ledger::open(&self.second).await.recover().await;
            let now = self.leases().await;
            assert!(changed.load(Ordering::Relaxed) > some, "the first is busy");
            if before.is_some_and(|before| before == now) {
                return busy;
            }
        }
        panic!("the first does not keep what it holds");
    }

    /// Stops the second process until the first has the lease of every loop that is in use; nothing when it has not got
    /// them in a minute. The first wants those of the inboxes when the broker has noticed that the second takes nothing.
    async fn leave_all_to_first(&self) -> Option<Vec<Lease>> {
        self.second.stop();
        // What the second held runs out by then.
        tokio::time::sleep(Duration::from_secs(7)).await;
        let begun = Instant::now();
        loop {
            let leases = self.leases().await;
            if leases.iter().all(|lease| lease.in_force) {
                return Some(leases);
            }
            if begun.elapsed() > Duration::from_secs(60) {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r37_what_a_stopped_process_holds_is_taken_over() {
    let Some(pair) = Pair::start().await else {
        testkit::left_out("a stopped holder of leases; on SQLite there is one process");
        return;
    };
    let mut longest = Duration::ZERO;
    for round in 0..2 {
        let busy = pair.keep_first_busy().await;
        let before = pair.leases().await;
        pair.first.stop();
        longest = longest.max(pair.work_through(round).await);
        pair.expect_taken_over(&before).await;
        busy.abort();
        pair.first.resume();
        let mut ledger = Ledger::open(&pair.first).await;
        ledger.recover().await;
    }
    let both = [&*pair.first.internal_url, &*pair.second.internal_url];
    pair.storage.settle(&both).await;
    assert!(longest < TAKEN_OVER, "{longest:?}");
    println!(
        "R-37 a process that holds all leases is stopped twice: the other has told and handled everything {longest:.1?} after at most"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r37_what_a_killed_process_held_is_taken_over() {
    let Some(pair) = Pair::start().await else {
        testkit::left_out(
            "a killed holder of leases; on SQLite its leases end with the next start",
        );
        return;
    };
    let busy = pair.keep_first_busy().await;
    let Pair {
        storage,
        first,
        second,
        way,
    } = pair;
    let copy = storage.beside();
    let key = storage.folder.path().join("data/master.key");
    let key = format!("auth.master_key_file={}", key.display());
    first.kill();
    busy.abort();
    // A process that starts anew finds the leases of the one before.
    let first = Process::serve(&copy, &["--set", &key]).await;
    let pair = Pair {
        storage,
        first,
        second,
        way,
    };
    let taken_over = pair.work_through(0).await;
    assert!(taken_over < TAKEN_OVER, "{taken_over:?}");
    println!(
        "R-37 a process that holds all leases is killed under load: everything is told and handled {taken_over:.1?} after the next start"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r37_what_a_process_holds_whose_network_is_silent_is_taken_over() {
    let Some(pair) = Pair::start().await else {
        testkit::left_out("a silent network; on SQLite there is none");
        return;
    };
    let busy = pair.keep_first_busy().await;
    let mut beside = Ledger::open(&pair.second).await;
    let before = pair.leases().await;
    pair.way.pass(Passing::Nothing);
    let cut = Instant::now();
    // Until PostgreSQL ends what the first had in hand, its locks may put others off.
    beside.recover().await;
    pair.work_through(0).await;
    pair.expect_taken_over(&before).await;
    let taken_over = cut.elapsed();
    // Long enough for every loop of the first to wait for an answer that never comes.
    let begun = Instant::now();
    let client = pair.first.client();
    while begun.elapsed() < Duration::from_secs(15) {
        let answer = client.get("/livez").await;
        answer.expect_status(200);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    busy.abort();
    // The connections that were open hang for ever, as when a network has forgotten them.
    pair.way.strand();
    pair.way.pass(Passing::All);
    let mended = Instant::now();
    let mut ledger = Ledger::open(&pair.first).await;
    ledger.recover().await;
    let back = mended.elapsed();
    // With the second gone, the first does everything again.
    let Pair {
        storage,
        first,
        second,
        way,
    } = pair;
    second.stop();
    let alone = Pair {
        storage,
        second: first,
        first: second,
        way,
    };
    let again = alone.work_through(1).await;
    assert!(taken_over < TAKEN_OVER, "{taken_over:?}");
    assert!(back < Duration::from_secs(5), "back after {back:?}");
    assert!(again < TAKEN_OVER, "{again:?}");
    println!(
        "R-37 a process whose way to PostgreSQL goes silent: the other has told and handled everything {taken_over:.1?} after; the first answers well {back:.1?} after the network is back, and took over from the other in {again:.1?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r37_a_process_that_stood_still_goes_on_where_it_was() {
    let storage = Storage::new().await;
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let mut ledger = Ledger::open(&server).await;
    for _ in 0..5 {
        assert!(ledger.change().await, "nothing fails here");
    }
    server.stop();
    tokio::time::sleep(Duration::from_secs(7)).await;
    server.resume();
    let back = ledger.recover().await;
    storage.settle(&[&server.internal_url]).await;
    ledger.check(&storage).await;
    assert!(back < Duration::from_secs(5), "{back:?}");
    println!("R-37 a process that stood still for 7 s: well again {back:.1?} after, lost 0");
}
