//! The transport within one process: straight into each subscriber's inbox.

use async_trait::async_trait;
use kernel::{Ambient, Envelope};

use crate::{Bus, BusError, Subscription, inbox};

/// Delivers to the modules of this process. The inbox rows are what lasts, so a kill between two
/// deliveries only repeats one.
pub struct MemoryBus {
    subscriptions: Vec<Subscription>,
    ambient: Ambient,
}

impl MemoryBus {
    /// A bus with these subscribers.
    pub fn new(subscriptions: Vec<Subscription>, ambient: Ambient) -> Self {
        Self {
            subscriptions,
            ambient,
        }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, envelopes: &[Envelope]) -> Result<(), BusError> {
        let now = self.ambient.now();
        let mut failure = None;
        for subscription in &self.subscriptions {
            let wanted: Vec<&Envelope> = envelopes
                .iter()
                .filter(|envelope| subscription.wants(&envelope.kind))
                .collect();
            let taken = inbox::accept(&subscription.database, &wanted, now).await;
            if let Err(source) = taken {
                failure.get_or_insert(BusError {
                    consumer: subscription.consumer.to_owned(),
                    source: Box::new(source),
                });
            }
        }
        failure.map_or(Ok(()), Err)
    }
}
