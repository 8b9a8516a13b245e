//! Sends envelopes and waits until the broker has them.

use std::collections::HashMap;

use async_trait::async_trait;
use bus::{Bus, BusError, Listener};
use kernel::Envelope;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Confirmation};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::error::{PATIENCE, RabbitError};
use crate::topology::{Link, RabbitSettings, connect, declare, routing_key};

/// AMQP's number for a message that outlives the broker.
const PERSISTENT: u8 = 2;
const MANDATORY: BasicPublishOptions = BasicPublishOptions {
    mandatory: true,
    immediate: false,
};

/// The sending side of one relay.
pub struct RabbitBus {
    settings: RabbitSettings,
    listeners: Vec<Listener>,
    /// The connection's name at the broker.
    name: String,
    link: Mutex<Option<Link>>,
}

impl RabbitBus {
    /// Connects when there is something to send; `listeners` are those of every process.
    pub fn new(settings: RabbitSettings, listeners: Vec<Listener>, module: &str) -> Self {
        Self {
            settings,
            listeners,
            name: format!("gopro {module} relay"),
            link: Mutex::new(None),
        }
    }

    async fn send(&self, link: &Link, round: &[&Envelope]) -> Result<(), RabbitError> {
        let exchange = self.settings.exchange();
        let mut sent = Vec::new();
        for envelope in round {
            let body = serde_json::to_vec(envelope)?;
            for listener in wanting(&self.listeners, envelope) {
                let key = routing_key(&envelope.kind, listener.consumer);
                let confirm = link.channel.basic_publish(
                    exchange.as_str().into(),
                    key.as_str().into(),
                    MANDATORY,
                    &body,
                    properties(envelope),
                );
                sent.push((key, confirm.await?));
            }
        }
        for (key, confirm) in sent {
            match confirm.await? {
                Confirmation::Ack(None) => {}
                Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => {
                    return Err(RabbitError::Unroutable(key));
                }
                Confirmation::Nack(None) | Confirmation::NotRequested => {
                    return Err(RabbitError::Refused(key));
                }
            }
        }
        Ok(())
    }

    async fn open(&self) -> Result<Link, RabbitError> {
        let link = connect(&self.settings, &self.name).await?;
        let declared = async {
            declare(&link.channel, &self.settings, &self.listeners).await?;
            let options = ConfirmSelectOptions::default();
            Ok(link.channel.confirm_select(options).await?)
        };
        timeout(PATIENCE, declared)
            .await
            .unwrap_or(Err(RabbitError::Silent))?;
        Ok(link)
    }

    async fn send_all(&self, envelopes: &[Envelope]) -> Result<(), RabbitError> {
        let rounds = rounds(&self.listeners, envelopes);
        if rounds.is_empty() {
            return Ok(());
        }
        let mut held = self.link.lock().await;
        // Taken out, so that whatever fails, or is dropped, closes the connection, and the next try
        // declares everything again.
        let link = match held.take() {
            Some(link) if link.channel.status().connected() => link,
            _ => self.open().await.map_err(RabbitError::away)?,
        };
        for round in rounds {
            timeout(PATIENCE, self.send(&link, &round))
                .await
                .unwrap_or(Err(RabbitError::Silent))?;
        }
        *held = Some(link);
        Ok(())
    }
}

#[async_trait]
impl Bus for RabbitBus {
    async fn publish(&self, envelopes: &[Envelope]) -> Result<(), BusError> {
        self.send_all(envelopes).await.map_err(|error| BusError {
            consumer: "the broker".to_owned(),
            away: matches!(error, RabbitError::Away(_)),
            source: Box::new(error),
        })
    }
}

fn wanting<'a>(
    listeners: &'a [Listener],
    envelope: &'a Envelope,
) -> impl Iterator<Item = &'a Listener> {
    let kind = envelope.kind.as_str();
    listeners
        .iter()
        .filter(move |listener| listener.types.contains(&kind))
}

/// The envelopes that somebody wants, in rounds with at most one of each stream: an event that is
/// given back or lost is sent again before any later one of its stream is sent at all.
fn rounds<'a>(listeners: &[Listener], envelopes: &'a [Envelope]) -> Vec<Vec<&'a Envelope>> {
    let mut rounds: Vec<Vec<&Envelope>> = Vec::new();
    let mut next: HashMap<String, usize> = HashMap::new();
    for envelope in envelopes {
        if wanting(listeners, envelope).next().is_none() {
            continue;
        }
        let place = next.entry(envelope.stream()).or_default();
        if rounds.len() == *place {
            rounds.push(Vec::new());
        }
        rounds[*place].push(envelope);
        *place += 1;
    }
    rounds
}

/// The attributes as headers, named as CloudEvents names them for AMQP.
fn properties(envelope: &Envelope) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in [
        ("specversion", &envelope.specversion),
        ("id", &envelope.id.to_string()),
        ("source", &envelope.source),
        ("type", &envelope.kind),
        ("subject", &envelope.subject),
        ("time", &envelope.time.to_rfc3339()),
    ] {
        let name = format!("cloudEvents:{name}");
        let value = AMQPValue::LongString(value.as_str().into());
        headers.insert(name.as_str().into(), value);
    }
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/cloudevents+json".into())
        .with_message_id(envelope.id.to_string().as_str().into())
        .with_headers(headers)
}
