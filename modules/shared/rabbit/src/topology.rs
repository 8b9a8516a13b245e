//! What the program declares at the broker, and repairs when it is gone.

use bus::Listener;
use kernel::{ExposeSecret, SecretString};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::tcp::OwnedTLSConfig;
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use tokio::time::timeout;

use crate::error::{PATIENCE, RabbitError};

/// Seconds between the signs of life of AMQP. The broker gives up a silent consumer after two to three
/// of them, and hands what it held to others, which must be within 10 s; one that was only slow
/// connects again and loses nothing.
const HEARTBEAT: u16 = 3;
/// The argument that holds which installation has a prefix.
const MARK: &str = "alternate-exchange";
/// What the broker says of a queue that was never declared.
const NOT_FOUND: &str = "NOT_FOUND";
const DURABLE: ExchangeDeclareOptions = ExchangeDeclareOptions {
    durable: true,
    passive: false,
    auto_delete: false,
    internal: false,
    nowait: false,
};

/// Where the broker is, and what the names at it begin with.
#[derive(Clone)]
pub struct RabbitSettings {
    /// `amqp://` or `amqps://`, with user, password and virtual host.
    pub url: SecretString,
    /// The first word of the exchange's and the queues' names, so that installations can share a
    /// virtual host.
    pub prefix: String,
    /// What sets this installation apart: its public URL.
    pub installation: String,
    /// CA certificates (PEM) that the broker's certificate may have beside those of the system.
    pub ca_pem: String,
}

impl RabbitSettings {
    /// Connects once.
    ///
    /// # Errors
    /// Why that is not possible, for whoever reads it.
    pub async fn check(&self) -> Result<(), String> {
        let connected = connect(self, "gopro check").await;
        connected.map(drop).map_err(|error| error.to_string())
    }

    /// What the broker holds for a module; `None` before its queue is declared.
    ///
    /// # Errors
    /// Why the broker does not say, for whoever reads it.
    pub async fn held_for(&self, consumer: &str) -> Result<Option<Held>, String> {
        let link = connect(self, "gopro check").await;
        let link = link.map_err(|error| error.to_string())?;
        let queue = self.queue(consumer);
        let looked = async {
            let events = look(&link.channel, &queue).await?;
            let dead = look(&link.channel, &format!("{queue}.dead")).await?;
            Ok::<_, lapin::Error>(Held {
                events: events.message_count(),
                consumers: events.consumer_count(),
                dead: dead.message_count(),
            })
        };
        match timeout(PATIENCE, looked).await {
            Ok(Ok(held)) => Ok(Some(held)),
            Ok(Err(error)) if error.to_string().contains(NOT_FOUND) => Ok(None),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(RabbitError::Silent.to_string()),
        }
    }

    pub(super) fn exchange(&self) -> String {
        format!("{}.events", self.prefix)
    }

    pub(super) fn queue(&self, consumer: &str) -> String {
        format!("{}.{consumer}", self.prefix)
    }

    fn dead_exchange(&self) -> String {
        format!("{}.dead", self.prefix)
    }
}

/// What the broker holds for one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Events that are on their way to no process.
    pub events: u32,
    /// Processes that take them in.
    pub consumers: u32,
    /// Messages that are no events.
    pub dead: u32,
}

/// A connection with one channel; dropping it closes both.
pub(super) struct Link {
    pub channel: Channel,
    _connection: Connection,
}

/// A queue as it is, without declaring it.
async fn look(channel: &Channel, queue: &str) -> lapin::Result<lapin::Queue> {
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let nothing = FieldTable::default();
    channel.queue_declare(queue.into(), passive, nothing).await
}

/// Connects, and shows up at the broker as `name`.
pub(super) async fn connect(settings: &RabbitSettings, name: &str) -> Result<Link, RabbitError> {
    let address = settings.url.expose_secret().parse();
    let mut address: AMQPUri = address.map_err(RabbitError::Address)?;
    address.query.heartbeat.get_or_insert(HEARTBEAT);
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let open = async {
        let own = (!settings.ca_pem.is_empty()).then(|| settings.ca_pem.clone());
        let tls = OwnedTLSConfig {
            cert_chain: own,
            ..OwnedTLSConfig::default()
        };
        let runtime = lapin::runtime::default_runtime()?;
        let connection =
            Connection::connect_uri_with_config(address, properties, tls, runtime).await?;
        let channel = connection.create_channel().await?;
        claim_prefix(&channel, settings).await?;
        Ok(Link {
            channel,
            _connection: connection,
        })
    };
    timeout(PATIENCE, open)
        .await
        .unwrap_or(Err(RabbitError::Silent))
}

/// Marks the prefix as that of this installation, or fails when it is another's: its events would go to
/// the users of the other one. The mark is an argument of an exchange that is never used, because the
/// broker compares it whenever the exchange is declared.
async fn claim_prefix(channel: &Channel, settings: &RabbitSettings) -> Result<(), RabbitError> {
    let mut mark = FieldTable::default();
    // Who may only use names with this prefix has to be allowed to name it.
    let installation = format!("{}.at.{}", settings.prefix, settings.installation);
    mark.insert(MARK.into(), AMQPValue::LongString(installation.into()));
    let exchange = format!("{}.installation", settings.prefix);
    let kind = ExchangeKind::Direct;
    let declared = channel.exchange_declare(exchange.as_str().into(), kind, DURABLE, mark);
    declared.await.map_err(|error| {
        let words = error.to_string();
        match words.contains(MARK) {
            // PRECONDITION_FAILED names what was received and what is there.
            true => RabbitError::OtherInstallation(settings.prefix.clone(), words),
            false => error.into(),
        }
    })
}

/// The word that leads an event of this type to this listener.
pub(super) fn routing_key(kind: &str, consumer: &str) -> String {
    format!("{kind}.to.{consumer}")
}

/// Declares everything; what is there already stays as it is.
pub(super) async fn declare(
    channel: &Channel,
    settings: &RabbitSettings,
    listeners: &[Listener],
) -> Result<(), RabbitError> {
    let (exchange, dead) = (settings.exchange(), settings.dead_exchange());
    for (name, kind) in [
        (&exchange, ExchangeKind::Topic),
        (&dead, ExchangeKind::Direct),
    ] {
        channel
            .exchange_declare(name.as_str().into(), kind, DURABLE, FieldTable::default())
            .await?;
    }
    for Listener { consumer, .. } in listeners {
        let queue = settings.queue(consumer);
        let mut arguments = quorum();
        arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
        let text = |text: &str| AMQPValue::LongString(text.into());
        arguments.insert("x-dead-letter-exchange".into(), text(&dead));
        arguments.insert("x-dead-letter-routing-key".into(), text(consumer));
        declare_queue(channel, &queue, arguments).await?;
        bind(channel, &queue, &exchange, &routing_key("#", consumer)).await?;
        let grave = format!("{queue}.dead");
        declare_queue(channel, &grave, quorum()).await?;
        bind(channel, &grave, &dead, consumer).await?;
    }
    Ok(())
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    let quorum = AMQPValue::LongString("quorum".into());
    arguments.insert("x-queue-type".into(), quorum);
    arguments
}

async fn declare_queue(
    channel: &Channel,
    name: &str,
    arguments: FieldTable,
) -> Result<(), RabbitError> {
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(name.into(), durable, arguments)
        .await?;
    Ok(())
}

async fn bind(
    channel: &Channel,
    queue: &str,
    exchange: &str,
    key: &str,
) -> Result<(), RabbitError> {
    let nothing = FieldTable::default();
    channel
        .queue_bind(
            queue.into(),
            exchange.into(),
            key.into(),
            QueueBindOptions::default(),
            nothing,
        )
        .await?;
    Ok(())
}
