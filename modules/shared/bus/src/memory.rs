//! The transport within one process: straight into each subscriber's inbox.

use async_trait::async_trait;
use kernel::{Env, Envelope, Kind};

use crate::{Bus, BusError, Subscription, inbox};

/// Delivers to the modules of this process. The inbox rows are what lasts, so a kill between two
/// deliveries only repeats one.
pub struct MemoryBus {
    subscriptions: Vec<Subscription>,
    env: Env,
}

impl MemoryBus {
    /// A bus with these subscribers.
    pub fn new(subscriptions: Vec<Subscription>, env: Env) -> Self {
        Self { subscriptions, env }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, envelopes: &[Envelope]) -> Result<(), BusError> {
        let now = self.env.now();
        let mut failure = None;
        for subscription in &self.subscriptions {
            let wanted: Vec<&Envelope> = envelopes
                .iter()
                .filter(|envelope| subscription.wants(&envelope.kind))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let taken = inbox::accept(&subscription.database, &wanted, now).await;
            match &taken {
                Ok(()) => subscription.intake.works(),
                Err(error) => subscription.intake.failed(error),
            }
            if let Err(source) = taken {
                failure.get_or_insert(BusError {
                    consumer: subscription.consumer.to_owned(),
                    away: database::kind(&source) == Kind::Unavailable,
                    source: Box::new(source),
                });
            }
        }
        failure.map_or(Ok(()), Err)
    }
}
