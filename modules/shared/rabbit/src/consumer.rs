//! Takes what the broker delivers into a module's inbox.

use bus::Subscription;
use futures::{FutureExt, StreamExt};
use kernel::{Env, Envelope};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::error::{PATIENCE, QUIET, RabbitError, STORING};
use crate::topology::{Link, RabbitSettings, connect, declare};

/// How many deliveries may be in hand without an acknowledgement.
const PREFETCH: u16 = 1000;
/// How many deliveries become inbox rows in one transaction.
const BATCH: usize = 500;

/// The receiving side of one module.
#[derive(Clone)]
pub struct RabbitConsumer {
    settings: RabbitSettings,
    subscription: Subscription,
    env: Env,
}

impl RabbitConsumer {
    /// A consumer that does nothing until it is run.
    pub fn new(settings: RabbitSettings, subscription: Subscription, env: Env) -> Self {
        Self {
            settings,
            subscription,
            env,
        }
    }

    /// Consumes until `stop`. Whatever fails is begun again with a new connection; what was not
    /// stored is delivered again then.
    pub async fn run(self, stop: CancellationToken) {
        let consumer = self.subscription.consumer;
        let mut failures = 0;
        while !stop.is_cancelled() {
            let Err(error) = self.consume(&stop, &mut failures).await else {
                return;
            };
            failures += 1;
            self.subscription.intake.failed(&error);
            tracing::warn!(consumer, error = %error, "no events come in; look at bus.url and whether RabbitMQ and the database answer; connecting again");
            tokio::select! {
                () = tokio::time::sleep(bus::pause(&self.env, failures)) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn consume(
        &self,
        stop: &CancellationToken,
        failures: &mut i32,
    ) -> Result<(), RabbitError> {
        let consumer = self.subscription.consumer;
        // Whoever cannot store anything leaves the deliveries to other instances.
        self.store(&[]).await?;
        let link = connect(&self.settings, &format!("gopro {consumer} inbox")).await?;
        let begin = self.begin(&link);
        let mut deliveries = timeout(PATIENCE, begin)
            .await
            .unwrap_or(Err(RabbitError::Silent))?;
        tracing::debug!(consumer, "events come in");
        let intake = &self.subscription.intake;
        loop {
            let first = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                first = deliveries.next() => first,
                // What could not be stored would have come again by now.
                () = tokio::time::sleep(QUIET), if intake.failure().is_some() => {
                    intake.works();
                    continue;
                }
            };
            let mut batch = vec![first.ok_or(RabbitError::Ended)??];
            while batch.len() < BATCH
                && let Some(Some(delivery)) = deliveries.next().now_or_never()
            {
                batch.push(delivery?);
            }
            self.take(&batch).await?;
            intake.works();
            *failures = 0;
        }
    }

    async fn begin(&self, link: &Link) -> Result<lapin::Consumer, RabbitError> {
        let mine = self.subscription.listener();
        declare(&link.channel, &self.settings, &[mine]).await?;
        let options = BasicQosOptions::default();
        link.channel.basic_qos(PREFETCH, options).await?;
        let queue = self.settings.queue(mine.consumer);
        let options = BasicConsumeOptions::default();
        let tag = format!("gopro.{}", mine.consumer);
        let deliveries = link.channel.basic_consume(
            queue.as_str().into(),
            tag.as_str().into(),
            options,
            FieldTable::default(),
        );
        Ok(deliveries.await?)
    }

    /// Stores a batch and acknowledges it.
    async fn take(&self, batch: &[Delivery]) -> Result<(), RabbitError> {
        let mut wanted = Vec::new();
        let mut good = Vec::new();
        let mut broken = Vec::new();
        for delivery in batch {
            match decode(&delivery.data) {
                Ok(envelope) => {
                    good.push(delivery);
                    wanted.push((delivery, envelope));
                }
                Err(error) => broken.push((delivery, error)),
            }
        }
        wanted.retain(|(_, envelope)| self.subscription.wants(&envelope.kind));
        self.store_each(wanted, &mut good, &mut broken).await?;
        for (delivery, error) in broken {
            let consumer = self.subscription.consumer;
            tracing::error!(consumer, error = %error, "a message is no event; it lies in the module's dead queue at the broker");
            let options = BasicRejectOptions { requeue: false };
            delivery.reject(options).await?;
        }
        // One word for all up to the last: what is broken among them has been refused by now.
        if let Some(last) = good.last() {
            last.ack(BasicAckOptions { multiple: true }).await?;
        }
        Ok(())
    }

    /// Stores all at once, or, where the database refuses something in them, one after the other: one message that cannot
    /// be stored would hold up all that come with it and after it.
    async fn store_each<'d>(
        &self,
        wanted: Vec<(&'d Delivery, Envelope)>,
        good: &mut Vec<&'d Delivery>,
        broken: &mut Vec<(&'d Delivery, String)>,
    ) -> Result<(), RabbitError> {
        let envelopes: Vec<&Envelope> = wanted.iter().map(|(_, envelope)| envelope).collect();
        match self.store(&envelopes).await {
            Err(RabbitError::Storage(error)) if database::refuses_content(&error) => {}
            stored => return stored,
        }
        for (delivery, envelope) in wanted {
            match self.store(&[&envelope]).await {
                Err(RabbitError::Storage(error)) if database::refuses_content(&error) => {
                    good.retain(|one| !std::ptr::eq(*one, delivery));
                    broken.push((delivery, error.to_string()));
                }
                stored => stored?,
            }
        }
        Ok(())
    }

    /// Stores in time or not at all: the connection ends then, and the broker hands what it held to
    /// whoever can store it.
    async fn store(&self, envelopes: &[&Envelope]) -> Result<(), RabbitError> {
        let database = &self.subscription.database;
        let storing = async {
            if envelopes.is_empty() {
                return database.begin_private().await?.commit().await;
            }
            bus::accept(database, envelopes, self.env.now()).await
        };
        let stored = timeout(STORING, storing).await;
        stored
            .map_err(|_| RabbitError::StorageSilent)?
            .map_err(RabbitError::Storage)
    }
}

/// How many characters a type, a subject, and the type of an aggregate may have: an index keeps them, and what is larger
/// than a page of it cannot be stored.
const LONGEST_NAME: usize = 255;

/// The event of a message, if it is one that can be stored: PostgreSQL takes no NUL.
fn decode(message: &[u8]) -> Result<Envelope, String> {
    let envelope: Envelope = serde_json::from_slice(message).map_err(|error| error.to_string())?;
    let (stream, kind) = (envelope.stream(), &envelope.kind);
    if stream.contains('\0') || kind.contains('\0') {
        return Err("its subject or type holds a NUL character".to_owned());
    }
    if [&stream, kind]
        .iter()
        .any(|name| name.chars().count() > LONGEST_NAME)
    {
        return Err(format!(
            "its subject or type has more than {LONGEST_NAME} characters"
        ));
    }
    Ok(envelope)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::decode;

    fn message(kind: &str, subject: &str, data: &Value) -> Vec<u8> {
        let envelope = json!({
            "specversion": "1.0", "id": "01940000-0000-7000-8000-000000000001", "source": "/gopro/course",
            "type": kind, "subject": subject, "time": "2026-11-30T12:00:00Z",
            "datacontenttype": "application/json", "dataschema": "", "aggregatetype": "course",
            "sequence": 1, "correlationid": "test", "data": data,
        });
        serde_json::to_vec(&envelope).expect("JSON")
    }

    #[test]
    fn a_message_that_no_database_can_store_is_no_event() {
        let fine = message("course.published.v1", "x", &json!({ "title": "a\0b" }));
        assert!(decode(&fine).is_ok(), "data is stored as JSON");
        for (kind, subject) in [("course.published.v1", "x\0y"), ("course\0", "x")] {
            let refused = decode(&message(kind, subject, &json!({})));
            assert!(refused.unwrap_err().contains("NUL"));
        }
        let long = "x".repeat(12_000);
        for (kind, subject) in [("course.published.v1", long.as_str()), (&long, "x")] {
            let refused = decode(&message(kind, subject, &json!({})));
            assert!(refused.unwrap_err().contains("255 characters"));
        }
        assert!(decode(b"{}").is_err());
    }
}
