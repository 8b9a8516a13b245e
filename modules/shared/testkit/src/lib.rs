//! What every test needs: a database of its own, a clock that stands still, a settled bus.

mod clock;
mod missing;
mod storage;

pub use clock::{FixedClock, env};
pub use missing::left_out;
pub use storage::{TestDatabase, postgres_url};

use std::sync::Arc;

use bus::{Bus, InboxWorker, MemoryBus, Relay, Subscription};
use kernel::Env;

/// Drives relays and handlers by hand until nothing is left to do, so that no test sleeps.
pub struct Settler {
    relays: Vec<Relay>,
    workers: Vec<InboxWorker>,
}

impl Settler {
    /// Joins the outboxes of `sources` with the `subscriptions` through the in-process bus.
    pub fn new(
        sources: &[(&'static str, database::Database)],
        subscriptions: Vec<Subscription>,
        env: &Env,
    ) -> Self {
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(subscriptions.clone(), env.clone()));
        let relays = sources
            .iter()
            .map(|(module, database)| {
                Relay::new(module, database.clone(), Arc::clone(&bus), env.clone())
            })
            .collect();
        let workers = subscriptions
            .into_iter()
            .map(|subscription| InboxWorker::new(subscription, env.clone()))
            .collect();
        Self { relays, workers }
    }

    /// Runs until every outbox and inbox is empty.
    ///
    /// # Panics
    /// When a database fails, an event is parked, or a thousand rounds were not enough.
    pub async fn settle(&self) {
        for _ in 0..1000 {
            let mut dealt = 0;
            for relay in &self.relays {
                dealt += relay
                    .drain()
                    .await
                    .unwrap_or_else(|error| panic!("relay: {error}"));
            }
            for worker in &self.workers {
                dealt += worker
                    .drain()
                    .await
                    .unwrap_or_else(|error| panic!("inbox: {error}"));
            }
            if dealt == 0 {
                return;
            }
        }
        panic!("the events did not settle in a thousand rounds");
    }
}
