//! A publisher and two subscribers, joined by one of the transports.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bus::{Bus, Handler, HandlerError, InboxWorker, MemoryBus, Relay, Subscription, dead_letters};
use database::Transaction;
use kernel::{Env, Envelope, Event, Operation};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{ColumnDef, Order, Query, Table};
use serde::{Deserialize, Serialize};
use testkit::TestDatabase;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "rabbitmq")]
use super::broker::Broker;

const NOTED: &[&str] = &[Noted::TYPE];

/// How the envelopes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Memory,
    #[cfg(feature = "rabbitmq")]
    Rabbit,
}

impl Transport {
    pub(super) const ALL: &[Self] = &[
        Self::Memory,
        #[cfg(feature = "rabbitmq")]
        Self::Rabbit,
    ];
}

/// The only event of this house.
#[derive(Serialize, Deserialize)]
struct Noted {
    note: String,
    number: i64,
}

impl Event for Noted {
    const TYPE: &'static str = "test.noted.v1";
    const AGGREGATE: &'static str = "note";

    fn subject(&self) -> String {
        self.note.clone()
    }
}

/// An event that never was in an outbox.
pub(super) fn envelope(note: &str, number: i64) -> Envelope {
    let env = Env::system();
    Envelope {
        specversion: "1.0".to_owned(),
        id: env.id(),
        source: "/gopro/test".to_owned(),
        kind: Noted::TYPE.to_owned(),
        subject: note.to_owned(),
        time: env.now(),
        datacontenttype: "application/json".to_owned(),
        dataschema: "/events/test.noted.v1".to_owned(),
        aggregatetype: Noted::AGGREGATE.to_owned(),
        sequence: number,
        correlationid: "test".to_owned(),
        causationid: None,
        traceparent: None,
        actor: None,
        data: serde_json::json!({ "note": note, "number": number }),
    }
}

/// Records what it handles, and fails on one event.
#[derive(Default)]
struct Ear {
    poison: Mutex<Option<(String, i64)>>,
    deaths: Mutex<usize>,
    /// So many times what it needs is away.
    away: Mutex<usize>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Handler for Ear {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), HandlerError> {
        let Noted { note, number } = event.decode()?;
        let said = (note, number);
        if lock(&self.poison).as_ref() == Some(&said) {
            *lock(&self.deaths) += 1;
            panic!("poison");
        }
        let away = std::mem::take(&mut *lock(&self.away));
        if away > 0 {
            *lock(&self.away) = away - 1;
            return Err(HandlerError::Wait("it is away".to_owned()));
        }
        let (note, number) = said;
        let write = Query::insert()
            .into_table("heard")
            .columns(["note", "number"])
            .values_panic([note.into(), number.into()])
            .to_owned();
        txn.execute(&write).await?;
        Ok(())
    }
}

pub(super) struct Listener {
    pub(super) name: &'static str,
    pub(super) database: TestDatabase,
    ear: Arc<Ear>,
}

impl Listener {
    async fn new(name: &'static str) -> Self {
        let database = TestDatabase::new::<migrations::user::Migrator>().await;
        let mut position = ColumnDef::new("position");
        position.big_integer().auto_increment().primary_key();
        let heard = Table::create()
            .table("heard")
            .col(&mut position)
            .col(ColumnDef::new("note").string().not_null())
            .col(ColumnDef::new("number").big_integer().not_null())
            .to_owned();
        database
            .for_migrations()
            .execute(&heard)
            .await
            .expect("a table");
        Self {
            name,
            database,
            ear: Arc::default(),
        }
    }

    /// What had its effect, in order.
    pub(super) async fn handled(&self) -> Vec<(String, i64)> {
        let query = Query::select()
            .columns(["note", "number"])
            .from("heard")
            .order_by("position", Order::Asc)
            .to_owned();
        let rows = self.database.read().query_all(&query).await.expect("rows");
        let told = rows.iter().map(|row| {
            let note = row.try_get("", "note").expect("a note");
            (note, row.try_get("", "number").expect("a number"))
        });
        told.collect()
    }

    /// Dies of this event from now on.
    pub(super) fn poison(&self, event: Option<(&str, i64)>) {
        *lock(&self.ear.poison) = event.map(|(note, number)| (note.to_owned(), number));
    }

    /// How often it has died.
    pub(super) fn go_away(&self, times: usize) {
        *lock(&self.ear.away) = times;
    }

    pub(super) fn is_back(&self) -> bool {
        *lock(&self.ear.away) == 0
    }

    pub(super) fn deaths(&self) -> usize {
        *lock(&self.ear.deaths)
    }

    fn subscription(&self) -> Subscription {
        Subscription {
            intake: bus::Intake::default(),
            consumer: self.name,
            database: self.database.clone(),
            types: NOTED,
            handler: Arc::clone(&self.ear) as Arc<dyn Handler>,
        }
    }
}

pub(super) struct BusTest {
    pub(super) source: TestDatabase,
    pub(super) listeners: [Listener; 2],
    #[cfg(feature = "rabbitmq")]
    broker: Option<Broker>,
    env: Env,
    stop: CancellationToken,
    running: Vec<JoinHandle<()>>,
}

impl BusTest {
    /// `None` when the transport cannot be had here.
    pub(super) async fn new(transport: &Transport) -> Option<Self> {
        match transport {
            Transport::Memory => Some(Self::empty().await),
            #[cfg(feature = "rabbitmq")]
            Transport::Rabbit => Some(Self::at(Broker::shared().await?).await),
        }
    }

    #[cfg(feature = "rabbitmq")]
    pub(super) async fn at(broker: Broker) -> Self {
        Self {
            broker: Some(broker),
            ..Self::empty().await
        }
    }

    #[cfg(feature = "rabbitmq")]
    pub(super) fn broker(&self) -> &Broker {
        self.broker.as_ref().expect("a broker")
    }

    async fn empty() -> Self {
        Self {
            source: TestDatabase::new::<migrations::user::Migrator>().await,
            listeners: [Listener::new("first").await, Listener::new("second").await],
            #[cfg(feature = "rabbitmq")]
            broker: None,
            env: Env::system(),
            stop: CancellationToken::new(),
            running: Vec::new(),
        }
    }

    fn subscriptions(&self) -> Vec<Subscription> {
        let subscriptions = self.listeners.iter().map(Listener::subscription);
        subscriptions.collect()
    }

    pub(super) fn bus(&self) -> Arc<dyn Bus> {
        #[cfg(feature = "rabbitmq")]
        if let Some(broker) = &self.broker {
            return Arc::new(broker.bus(&self.subscriptions()));
        }
        Arc::new(MemoryBus::new(self.subscriptions(), self.env.clone()))
    }

    /// Starts a relay, and an inbox worker for each listener, beside those that run.
    pub(super) fn start(&mut self) {
        let relay = Relay::new("test", self.source.clone(), self.bus(), self.env.clone());
        let mut spawned = vec![tokio::spawn(relay.run(self.stop.clone()))];
        for subscription in self.subscriptions() {
            #[cfg(feature = "rabbitmq")]
            if let Some(broker) = &self.broker {
                let consumer = broker.consumer(subscription.clone(), &self.env);
                spawned.push(tokio::spawn(consumer.run(self.stop.clone())));
            }
            let worker = InboxWorker::new(subscription, self.env.clone());
            spawned.push(tokio::spawn(worker.run(self.stop.clone())));
        }
        self.running.append(&mut spawned);
    }

    pub(super) async fn stop(&mut self) {
        self.stop.cancel();
        for task in self.running.drain(..) {
            task.await.expect("a task ends well");
        }
        self.stop = CancellationToken::new();
    }

    pub(super) async fn end(mut self) {
        self.stop().await;
    }

    /// Publishes through the outbox.
    pub(super) async fn publish(&self, note: &str, number: i64) {
        let noted = Noted {
            note: note.to_owned(),
            number,
        };
        let operation = Operation::system("test");
        let txn = self.source.begin().await.expect("a transaction");
        bus::append(&txn, &self.env, &operation, "test", &noted)
            .await
            .expect("appended");
        txn.commit().await.expect("committed");
    }

    /// Waits until each listener has handled or parked `count` events and nothing is left.
    pub(super) async fn settle(&self, count: usize) {
        self.wait_until("settled", async || {
            let mut open = self.backlog(&self.source).await.outbox_pending;
            let mut done = true;
            for listener in &self.listeners {
                let backlog = self.backlog(&listener.database).await;
                open += backlog.inbox_pending;
                let parked = usize::try_from(backlog.inbox_parked).expect("few");
                done &= listener.handled().await.len() + parked >= count;
            }
            done && open == 0
        })
        .await;
    }

    pub(super) async fn backlog(&self, database: &TestDatabase) -> bus::Backlog {
        bus::backlog(database).await.expect("the backlog")
    }

    pub(super) async fn wait_until(&self, what: &str, reached: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(90);
        while !reached().await {
            assert!(Instant::now() < deadline, "not {what}");
            crate::support::between_looks().await;
        }
    }

    /// Gives every dead letter of the first listener to it again.
    pub(super) async fn replay(&self) {
        let database = &self.listeners[0].database;
        for letter in dead_letters::list(database).await.expect("dead letters") {
            dead_letters::replay(database, letter.event_id)
                .await
                .expect("replayed");
        }
    }
}
