//! How many events a second go from an outbox to their effect, and how long one takes: within a
//! process, and through RabbitMQ when its address is given and the feature is built in.
//! Usage: events [amqp://…]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bus::{Bus, Handler, HandlerError, InboxWorker, MemoryBus, Relay, Subscription};
use database::Transaction;
use kernel::{Env, Envelope, Event, Operation};
use serde::{Deserialize, Serialize};
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;

const COUNT: usize = 20_000;
const BATCH: usize = 100;
const STREAMS: usize = 500;
const RATE: u64 = 1_000;
const SECONDS: u64 = 10;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[derive(Serialize, Deserialize)]
struct Measured {
    stream: usize,
}

impl Event for Measured {
    const TYPE: &'static str = "bench.measured.v1";
    const AGGREGATE: &'static str = "stream";

    fn subject(&self) -> String {
        self.stream.to_string()
    }
}

/// When each event had its effect.
#[derive(Default)]
struct Arrivals(Mutex<Vec<(uuid::Uuid, Instant)>>);

impl Arrivals {
    fn all(&self) -> Vec<(uuid::Uuid, Instant)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Handler for Arrivals {
    async fn handle(&self, _txn: &Transaction, event: &Envelope) -> Result<(), HandlerError> {
        let mut arrivals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.push((event.id.uuid(), Instant::now()));
        Ok(())
    }
}

struct BusBench {
    source: TestDatabase,
    /// It lives as long as its worker.
    _target: TestDatabase,
    arrivals: Arc<Arrivals>,
    env: Env,
    stop: CancellationToken,
    relay: Relay,
    worker: InboxWorker,
}

impl BusBench {
    async fn new(broker: Option<&str>) -> Self {
        let source = TestDatabase::new::<migrations::user::Migrator>().await;
        let target = TestDatabase::new::<migrations::user::Migrator>().await;
        let (arrivals, env) = (Arc::<Arrivals>::default(), Env::system());
        let stop = CancellationToken::new();
        let subscription = Subscription {
            intake: bus::Intake::default(),
            consumer: "bench",
            database: target.clone(),
            types: &[Measured::TYPE],
            handler: Arc::clone(&arrivals) as Arc<dyn Handler>,
        };
        let bus = connect(broker, &subscription, &env, &stop);
        Self {
            relay: Relay::new("bench", source.clone(), bus, env.clone()),
            worker: InboxWorker::new(subscription, env.clone()),
            source,
            _target: target,
            arrivals,
            env,
            stop,
        }
    }

    async fn publish(&self, numbers: std::ops::Range<usize>) -> Outcome<()> {
        let operation = Operation::system("bench");
        let txn = self.source.begin().await?;
        for number in numbers {
            let event = Measured {
                stream: number % STREAMS,
            };
            bus::append(&txn, &self.env, &operation, "bench", &event).await?;
        }
        Ok(txn.commit().await?)
    }

    async fn arrived(&self, count: usize) {
        while self.arrivals.all().len() < count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn start(&self) {
        tokio::spawn(self.relay.clone().run(self.stop.clone()));
        tokio::spawn(self.worker.clone().run(self.stop.clone()));
    }
}

#[cfg(feature = "rabbitmq")]
fn connect(
    broker: Option<&str>,
    subscription: &Subscription,
    env: &Env,
    stop: &CancellationToken,
) -> Arc<dyn Bus> {
    let Some(url) = broker else {
        return Arc::new(MemoryBus::new(vec![subscription.clone()], env.clone()));
    };
    let settings = rabbit::RabbitSettings {
        url: url.to_owned().into(),
        prefix: format!("gopro-bench-{}", std::process::id()),
        installation: "https://bench.example".to_owned(),
        ca_pem: String::new(),
    };
    let consumer = rabbit::RabbitConsumer::new(settings.clone(), subscription.clone(), env.clone());
    tokio::spawn(consumer.run(stop.clone()));
    Arc::new(rabbit::RabbitBus::new(
        settings,
        vec![subscription.listener()],
        "bench",
    ))
}

#[cfg(not(feature = "rabbitmq"))]
fn connect(
    _broker: Option<&str>,
    subscription: &Subscription,
    env: &Env,
    _stop: &CancellationToken,
) -> Arc<dyn Bus> {
    Arc::new(MemoryBus::new(vec![subscription.clone()], env.clone()))
}

/// Events that wait already, until the last one has had its effect.
async fn throughput(broker: Option<&str>) -> Outcome<f64> {
    let bench = BusBench::new(broker).await;
    for batch in 0..COUNT / BATCH {
        bench.publish(batch * BATCH..(batch + 1) * BATCH).await?;
    }
    let begun = Instant::now();
    bench.start();
    bench.arrived(COUNT).await;
    let rate = 1.0 / begun.elapsed().as_secs_f64() * f64::from(u32::try_from(COUNT)?);
    bench.stop.cancel();
    Ok(rate)
}

/// From before the commit of a batch to the effect of its events, at a thousand a second.
async fn latency(broker: Option<&str>) -> Outcome<(Duration, Duration)> {
    let bench = BusBench::new(broker).await;
    bench.start();
    bench.publish(0..1).await?;
    bench.arrived(1).await;
    let mut told = Vec::new();
    let mut beat = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..SECONDS * 100 {
        beat.tick().await;
        let batch = usize::try_from(RATE / 100)?;
        told.push((told.len() * batch + 1, Instant::now()));
        let first = told.len() * batch;
        bench.publish(first..first + batch).await?;
    }
    let batch = usize::try_from(RATE / 100)?;
    bench.arrived(told.len() * batch + 1).await;
    bench.stop.cancel();
    // Ids are made in the order of publishing.
    let mut arrivals = bench.arrivals.all();
    arrivals.sort_by_key(|(id, _)| *id);
    let arrivals = arrivals.iter().skip(1);
    let mut took: Vec<Duration> = arrivals
        .zip(told.iter().flat_map(|(_, begun)| vec![*begun; batch]))
        .map(|((_, arrived), begun)| arrived.duration_since(begun))
        .collect();
    took.sort();
    Ok((took[took.len() / 2], took[took.len() * 99 / 100]))
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
#[tokio::main]
async fn main() -> Outcome<()> {
    let broker = std::env::args()
        .nth(1)
        .filter(|_| cfg!(feature = "rabbitmq"));
    for (name, broker) in [
        ("in process", None),
        ("through RabbitMQ", broker.as_deref()),
    ] {
        if name != "in process" && broker.is_none() {
            continue;
        }
        let rate = throughput(broker).await?;
        let (median, slowest) = latency(broker).await?;
        println!(
            "events {name}: {rate:.0} a second; at {RATE} a second p50 {median:.1?}, p99 {slowest:.1?}"
        );
    }
    Ok(())
}
