//! What goes wrong between a process and its broker, by the real broker: each test prints what it
//! has measured.

use std::time::{Duration, Instant};

use database::inbox;
use gopro::module_name::ModuleName;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::broker::Broker;
use super::bus_test::BusTest;
use super::{expected, in_order};
use crate::support::app::PASSWORD;
use crate::support::private_broker::PrivateBroker;
use crate::support::process::seed_demo;
use crate::support::proxy::Proxy;
use crate::support::storage::Storage;
use crate::support::{Client, Process, rabbitmq, variable};

const NOTES: usize = 10;
const RESTARTS: i64 = 5;
/// Numbers of each note that are published during one restart. On PostgreSQL each is a commit to the disk,
/// so beside other tests a tenth has to do; `make faults` wants all.
fn numbers() -> i64 {
    let whole = variable("GOPRO_TEST_FAULTS").as_deref() == Some("whole");
    match testkit::postgres_url() {
        Some(_) if !whole => 20,
        _ => 200,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r03_a_broker_that_restarts_five_times_loses_no_event() {
    let Some(mut server) = PrivateBroker::start().await else {
        return;
    };
    let mut test = BusTest::at(Broker::at(server.url())).await;
    test.start();
    let mut slowest = Duration::ZERO;
    for round in 0..RESTARTS {
        let tell = async {
            for number in round * numbers() + 1..=(round + 1) * numbers() {
                for note in 0..NOTES {
                    let begun = Instant::now();
                    test.publish(&format!("note-{note}"), number).await;
                    slowest = slowest.max(begun.elapsed());
                }
            }
        };
        let restart = async {
            server.stop().await;
            server.resume().await;
        };
        tokio::join!(tell, restart);
    }
    let count = RESTARTS * numbers();
    let begun = Instant::now();
    test.settle(NOTES * usize::try_from(count).expect("few"))
        .await;
    let drained = begun.elapsed();
    for listener in &test.listeners {
        assert_eq!(in_order(&listener.handled().await), expected(NOTES, count));
    }
    assert!(drained < Duration::from_secs(60), "drained in {drained:?}");
    assert!(
        slowest < Duration::from_secs(2),
        "a change took {slowest:?}"
    );
    println!(
        "R-03 {} events over {RESTARTS} restarts: lost 0, doubled 0, slowest change {slowest:.1?}, drained {drained:.1?} after the last",
        NOTES * usize::try_from(count).expect("few"),
    );
    test.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r05_a_connection_that_hangs_is_given_up_and_nothing_is_lost() {
    let Some(url) = rabbitmq::url().await else {
        return;
    };
    let server = rabbitmq::authority(&url).to_owned();
    let proxy = Proxy::to(server.clone()).await;
    let url = url.replace(&server, &proxy.address.to_string());
    let mut test = BusTest::at(Broker::at(url)).await;
    test.start();
    test.publish("note-0", 1).await;
    test.settle(1).await;
    proxy.strand();
    let begun = Instant::now();
    for number in 2..=50 {
        test.publish("note-0", number).await;
    }
    test.settle(50).await;
    let noticed = begun.elapsed();
    for listener in &test.listeners {
        assert_eq!(in_order(&listener.handled().await), expected(1, 50));
    }
    assert!(
        noticed < Duration::from_secs(35),
        "noticed after {noticed:?}"
    );
    println!("R-05 a hanging connection: noticed, replaced and drained in {noticed:.1?}, lost 0");
    test.end().await;
}

/// A server whose broker may be broken, and a user who changes their name again and again.
struct Changing {
    broker: PrivateBroker,
    storage: Storage,
    server: Process,
    client: Client,
    changes: u64,
}

impl Changing {
    async fn start() -> Option<Self> {
        let broker = PrivateBroker::start().await?;
        let storage = Storage::new().await;
        seed_demo(&storage);
        let url = format!("bus.url={}", broker.url());
        let bus = ["bus.kind=rabbitmq", "bus.prefix=faults", &url];
        let arguments: Vec<&str> = bus.iter().flat_map(|setting| ["--set", setting]).collect();
        let server = Process::serve(&storage, &arguments).await;
        let mut client = server.client();
        client.log_in("learner", PASSWORD).await;
        Some(Self {
            broker,
            storage,
            server,
            client,
            changes: 0,
        })
    }

    /// Every change must be taken.
    async fn change(&mut self) {
        self.changes += 1;
        let name = json!({ "display_name": format!("Lea the {}th", self.changes) });
        let changed = self.client.patch("/api/v1/users/me", name).await;
        changed.expect_status(200);
    }

    /// How long until the notification module has handled each change once.
    async fn drain(&self) -> Duration {
        let databases = self.storage.databases().await;
        let database = databases.of(ModuleName::Notification).expect("a module");
        let begun = Instant::now();
        loop {
            let handled = inbox::Entity::find()
                .filter(inbox::Column::Kind.eq("user.updated.v1"))
                .filter(inbox::Column::State.eq(inbox::DONE))
                .count(database.read())
                .await
                .expect("an inbox");
            if handled == self.changes {
                return begun.elapsed();
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{handled} of {} changes were heard of",
                self.changes
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn oldest_age(&self) -> f64 {
        let metrics = Client::new(&self.server.internal_url).get("/metrics").await;
        let line = "gopro_outbox_oldest_age_seconds{module=\"user\"} ";
        let mut values = metrics
            .text
            .lines()
            .filter_map(|text| text.strip_prefix(line));
        values
            .next()
            .expect("the metric")
            .parse()
            .expect("a number")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r04_thirty_seconds_without_a_broker_fail_no_request_and_are_reported() {
    let Some(mut changing) = Changing::start().await else {
        return;
    };
    changing.change().await;
    changing.drain().await;
    changing.broker.stop().await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        changing.change().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let age = changing.oldest_age().await;
    assert!(
        (20.0..60.0).contains(&age),
        "the oldest event is {age} s old"
    );
    changing.broker.resume().await;
    let drained = changing.drain().await;
    assert!(changing.oldest_age().await < 1.0);
    println!(
        "R-04 {} requests in 30 s without a broker: failed 0, oldest event told as {age} s, drained {drained:.1?} after its return",
        changing.changes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_an_alarm_of_the_broker_is_waited_for_without_work() {
    let Some(mut changing) = Changing::start().await else {
        return;
    };
    changing.change().await;
    changing.drain().await;
    let memory = changing.server.memory();
    changing.broker.alarm(true);
    for _ in 0..500 {
        changing.change().await;
    }
    let before = changing.server.cpu_time();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let worked = changing.server.cpu_time() - before;
    assert!(
        worked < Duration::from_secs(1),
        "{worked:?} of work in five idle seconds"
    );
    let grown = changing.server.memory().saturating_sub(memory) / 1_000_000;
    assert!(grown < 50, "{grown} MB more");
    assert!(
        changing.oldest_age().await > 3.0,
        "the alarm blocked nothing"
    );
    changing.broker.alarm(false);
    let drained = changing.drain().await;
    println!(
        "R-08 500 requests during an alarm: failed 0, {worked:.1?} of work in 5 s, {grown} MB more memory, drained {drained:.1?} after its end"
    );
}
