//! RabbitMQ for tests: the running server, with names that nobody else uses.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use database::{inbox, outbox};
use gopro::module_name::ModuleName;
use gopro::modules::Databases;
use kernel::Envelope;
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Channel, Connection, ConnectionProperties};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::net::TcpStream;

use super::{app, services_required, variable};

/// Where a test's exchange and queues are; they are gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) url: String,
    pub(crate) prefix: String,
    consumers: Vec<&'static str>,
}

impl Names {
    pub(crate) fn new(url: String, consumers: &[&'static str]) -> Self {
        Self {
            url,
            prefix: format!("gopro-test-{}", uuid::Uuid::now_v7().simple()),
            consumers: consumers.to_vec(),
        }
    }

    pub(crate) fn queue(&self, consumer: &str) -> String {
        format!("{}.{consumer}", self.prefix)
    }

    pub(crate) async fn channel(&self) -> Result<(Connection, Channel), lapin::Error> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        Ok((connection, channel))
    }

    async fn remove(&self) -> Result<(), lapin::Error> {
        let (_connection, channel) = self.channel().await?;
        for consumer in &self.consumers {
            let queue = self.queue(consumer);
            for queue in [format!("{queue}.dead"), queue] {
                let options = QueueDeleteOptions::default();
                channel.queue_delete(queue.as_str().into(), options).await?;
            }
        }
        for exchange in ["events", "dead", "installation"] {
            let exchange = format!("{}.{exchange}", self.prefix);
            let options = ExchangeDeleteOptions::default();
            let deleted = channel.exchange_delete(exchange.as_str().into(), options);
            deleted.await?;
        }
        Ok(())
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                // A test may have stopped its own server, and then there is nothing to remove.
                let _ = runtime.block_on(self.remove());
            });
        });
    }
}

/// The address of the running server; `None`, said aloud, when there is none.
pub(crate) async fn url() -> Option<String> {
    let url = variable("GOPRO_TEST_RABBITMQ_URL");
    let url = url.unwrap_or_else(|| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned());
    let address = authority(&url);
    let runs = TcpStream::connect(address).await.is_ok();
    assert!(
        runs || !services_required(),
        "RabbitMQ does not run at {address}"
    );
    if !runs {
        testkit::left_out(&format!("RabbitMQ does not run at {address}"));
    }
    runs.then_some(url)
}

/// Names for the four modules of a server, when the suite shall run on RabbitMQ:
/// `GOPRO_TEST_BUS=rabbitmq`.
pub(crate) async fn of_the_suite() -> Option<Names> {
    if variable("GOPRO_TEST_BUS").as_deref() != Some("rabbitmq") {
        return None;
    }
    let url = url().await.expect("GOPRO_TEST_BUS=rabbitmq needs RabbitMQ");
    let consumers = ModuleName::ALL.map(ModuleName::as_str);
    Some(Names::new(url, &consumers))
}

/// How many events were published and how many handled, and whether every listener has all that it
/// wants in its inbox.
async fn traffic(databases: &Databases) -> (usize, usize, bool) {
    let mut published = Vec::new();
    for (_, database) in databases.all() {
        let rows = outbox::Entity::find().filter(outbox::Column::State.eq(outbox::PUBLISHED));
        published.extend(rows.all(database.read()).await.expect("an outbox"));
    }
    let (mut count, mut whole) = (0, true);
    for module in ModuleName::ALL {
        let listener = module.listener();
        let database = databases.of(module).expect("a module");
        let heard = inbox::Entity::find().all(database.read()).await;
        let heard = heard.expect("an inbox");
        let heard: HashSet<_> = heard.iter().map(|row| row.event_id).collect();
        let mut wanted = published.iter().filter(|row| {
            let envelope: Envelope = serde_json::from_str(&row.envelope).expect("an envelope");
            listener.types.contains(&envelope.kind.as_str())
        });
        whole &= wanted.all(|row| heard.contains(&row.event_id));
        count += heard.len();
    }
    (published.len(), count, whole)
}

/// Waits until nothing is on its way at the broker either. An erasure deletes what was stored of a
/// user, so that not all that was published is there; then nothing must have moved for a while.
pub(crate) async fn settle(internal_urls: &[&str], databases: &Databases) {
    let mut before = None;
    let mut since = Instant::now();
    loop {
        for internal_url in internal_urls {
            app::wait_until_idle(internal_url).await;
        }
        let now = traffic(databases).await;
        if before != Some(now) {
            before = Some(now);
            since = Instant::now();
        } else if now.2 || since.elapsed() > Duration::from_secs(2) {
            return;
        }
        super::between_looks().await;
    }
}

/// Host and port of an address.
pub(crate) fn authority(url: &str) -> &str {
    let rest = url.rsplit('@').next().unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}
