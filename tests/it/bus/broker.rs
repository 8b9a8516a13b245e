//! RabbitMQ for a test: the shared server with names of the test's own, or a server that the test
//! may stop and break.

use bus::Subscription;
use kernel::Env;
use lapin::options::{
    BasicPublishOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection};
use rabbit::{Held, RabbitBus, RabbitConsumer, RabbitSettings};

use crate::support::proxy::Proxy;
use crate::support::rabbitmq::{self, Names};

pub(super) struct Broker {
    names: Names,
    /// The way that what is published goes; the listeners take the straight one.
    proxy: Option<Proxy>,
}

impl Broker {
    /// A server at an address.
    pub(super) fn at(url: String) -> Self {
        Self {
            names: Names::new(url, &["first", "second", "watch"]),
            proxy: None,
        }
    }

    /// The running server; `None` when there is none and tests may leave it out.
    pub(super) async fn shared() -> Option<Self> {
        Some(Self::at(rabbitmq::url().await?))
    }

    /// What is published goes through a proxy from now on.
    pub(super) async fn behind_a_proxy(mut self) -> Self {
        let server = rabbitmq::authority(&self.names.url).to_owned();
        self.proxy = Some(Proxy::to(server).await);
        self
    }

    pub(super) fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().expect("a proxy")
    }

    /// What another installation gets to know that has the same prefix.
    pub(super) async fn check_as(&self, installation: &str) -> Result<(), String> {
        let other = RabbitSettings {
            installation: installation.to_owned(),
            ..self.settings(&self.names.url)
        };
        other.check().await
    }

    /// What is held for a listener, as `gopro doctor` sees it.
    pub(super) async fn held(&self, consumer: &str) -> Option<Held> {
        let held = self.settings(&self.names.url).held_for(consumer).await;
        held.expect("the broker answers")
    }

    fn settings(&self, url: &str) -> RabbitSettings {
        RabbitSettings {
            url: url.to_owned().into(),
            prefix: self.names.prefix.clone(),
            installation: "https://gopro.test".to_owned(),
            ca_pem: String::new(),
        }
    }

    pub(super) fn bus(&self, subscriptions: &[Subscription]) -> RabbitBus {
        let listeners = subscriptions.iter().map(Subscription::listener);
        let straight = &self.names.url;
        let url = self.proxy.as_ref().map(|proxy| {
            let server = rabbitmq::authority(straight);
            straight.replace(server, &proxy.address.to_string())
        });
        let settings = self.settings(url.as_ref().unwrap_or(straight));
        RabbitBus::new(settings, listeners.collect(), "test")
    }

    pub(super) fn consumer(&self, subscription: Subscription, env: &Env) -> RabbitConsumer {
        RabbitConsumer::new(self.settings(&self.names.url), subscription, env.clone())
    }

    async fn channel(&self) -> (Connection, Channel) {
        self.names.channel().await.expect("the broker")
    }

    fn queue(&self, consumer: &str) -> String {
        self.names.queue(consumer)
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
        let exchange = format!("{}.events", self.names.prefix);
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
                BasicPublishOptions::default(),
                b"\xff{ this is no event",
                BasicProperties::default(),
            )
            .await
            .expect("sent");
    }

    /// Keeps a copy of whatever is sent to a module from now on.
    pub(super) async fn watch(&self, consumer: &str) {
        let (_connection, channel) = self.channel().await;
        let durable = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        let (watch, exchange) = (self.queue("watch"), format!("{}.events", self.names.prefix));
        let nothing = FieldTable::default;
        channel
            .queue_declare(watch.as_str().into(), durable, nothing())
            .await
            .expect("a queue");
        let key = format!("#.to.{consumer}");
        channel
            .queue_bind(
                watch.as_str().into(),
                exchange.as_str().into(),
                key.as_str().into(),
                QueueBindOptions::default(),
                nothing(),
            )
            .await
            .expect("bound");
    }

    /// How many messages lie in a queue.
    pub(super) async fn waiting(&self, queue: &str) -> u32 {
        let (_connection, channel) = self.channel().await;
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let queue = self.queue(queue);
        let queue = channel
            .queue_declare(queue.as_str().into(), passive, FieldTable::default())
            .await
            .expect("a queue");
        queue.message_count()
    }
}
