//! RabbitMQ for a test: the shared server with names of the test's own, or a server that the test
//! may stop and break.

use bus::{Listener, RabbitBus, RabbitConsumer, RabbitSettings, Subscription};
use kernel::{Ambient, ExposeSecret};
use lapin::options::{ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};

use crate::support::proxy::Proxy;
use crate::support::services;

pub(super) struct Broker {
    settings: RabbitSettings,
    /// The way that what is published goes; the listeners take the straight one.
    proxy: Option<Proxy>,
}

impl Broker {
    /// The running server; `None` when there is none and tests may leave it out.
    pub(super) async fn shared() -> Option<Self> {
        let url = services::rabbitmq().await?;
        Some(Self::at(url))
    }

    pub(super) fn at(url: String) -> Self {
        let word = uuid::Uuid::now_v7().simple();
        Self {
            settings: RabbitSettings {
                url: url.into(),
                prefix: format!("gopro-test-{word}"),
            },
            proxy: None,
        }
    }

    /// What is published goes through a proxy from now on.
    pub(super) async fn behind_a_proxy(mut self) -> Self {
        self.proxy = Some(Proxy::to(services::authority(self.url()).to_owned()).await);
        self
    }

    pub(super) fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().expect("a proxy")
    }

    fn url(&self) -> &str {
        self.settings.url.expose_secret()
    }

    pub(super) fn bus(&self, subscriptions: &[Subscription]) -> RabbitBus {
        let listeners = subscriptions.iter().map(|one| Listener {
            consumer: one.consumer,
            types: one.types,
        });
        let mut settings = self.settings.clone();
        if let Some(proxy) = &self.proxy {
            let server = services::authority(self.url());
            let address = proxy.address.to_string();
            settings.url = self.url().replace(server, &address).into();
        }
        RabbitBus::new(settings, listeners.collect(), "test")
    }

    pub(super) fn consumer(&self, subscription: Subscription, ambient: &Ambient) -> RabbitConsumer {
        RabbitConsumer::new(self.settings.clone(), subscription, ambient.clone())
    }

    async fn channel(&self) -> (Connection, Channel) {
        let connection = Connection::connect(self.url(), ConnectionProperties::default()).await;
        let connection = connection.expect("the broker");
        let channel = connection.create_channel().await.expect("a channel");
        (connection, channel)
    }

    fn queue(&self, consumer: &str) -> String {
        format!("{}.{consumer}", self.settings.prefix)
    }

    /// An operator's mistake.
    pub(super) async fn delete_queue(&self, consumer: &str) {
        let (_connection, channel) = self.channel().await;
        let queue = self.queue(consumer);
        channel
            .queue_delete(queue.as_str().into(), QueueDeleteOptions::default())
            .await
            .expect("deleted");
    }

    /// Another one.
    pub(super) async fn delete_binding(&self, consumer: &str) {
        let (_connection, channel) = self.channel().await;
        let exchange = format!("{}.events", self.settings.prefix);
        channel
            .queue_unbind(
                self.queue(consumer).as_str().into(),
                exchange.as_str().into(),
                format!("#.to.{consumer}").as_str().into(),
                FieldTable::default(),
            )
            .await
            .expect("unbound");
    }

    /// Puts a message that is no event into a module's queue.
    pub(super) async fn send_garbage(&self, consumer: &str) {
        let (_connection, channel) = self.channel().await;
        channel
            .basic_publish(
                "".into(),
                self.queue(consumer).as_str().into(),
                lapin::options::BasicPublishOptions::default(),
                b"\xff{ this is no event",
                lapin::BasicProperties::default(),
            )
            .await
            .expect("sent");
    }

    /// How many messages lie in the dead queue of a module.
    pub(super) async fn dead(&self, consumer: &str) -> u32 {
        let (_connection, channel) = self.channel().await;
        let queue = format!("{}.dead", self.queue(consumer));
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let queue = channel
            .queue_declare(queue.as_str().into(), passive, FieldTable::default())
            .await
            .expect("a queue");
        queue.message_count()
    }

    /// Leaves nothing at the shared server.
    pub(super) async fn clean(&self, subscriptions: &[Subscription]) {
        let (_connection, channel) = self.channel().await;
        for Subscription { consumer, .. } in subscriptions {
            for queue in [
                self.queue(consumer),
                format!("{}.dead", self.queue(consumer)),
            ] {
                let options = QueueDeleteOptions::default();
                let deleted = channel.queue_delete(queue.as_str().into(), options);
                deleted.await.expect("deleted");
            }
        }
        for exchange in ["events", "dead"] {
            let exchange = format!("{}.{exchange}", self.settings.prefix);
            let options = ExchangeDeleteOptions::default();
            let deleted = channel.exchange_delete(exchange.as_str().into(), options);
            deleted.await.expect("deleted");
        }
    }
}
