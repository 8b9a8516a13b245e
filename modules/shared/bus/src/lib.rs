//! How an event gets from one module to the others: outbox, relay, transport, inbox, handler.
//! Moves envelopes and knows no module.

mod backlog;
pub mod dead_letters;
pub mod forget;
mod handler_error;
mod inbox;
mod intake;
mod memory;
mod outbox;
mod relay;
mod retention;
mod retry;
mod worker;

pub use backlog::{Backlog, backlog};
pub use handler_error::HandlerError;
pub use inbox::{Handler, InboxWorker, accept};
pub use intake::{Intake, IntakeFailure};
pub use memory::MemoryBus;
pub use outbox::{Events, LARGEST_EVENT, append};
pub use relay::{Relay, RelayError};
pub use retry::pause;
pub use worker::{Worker, run_worker};

use std::sync::Arc;

use async_trait::async_trait;
use database::Database;
use kernel::Envelope;

/// A transport between modules.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands `envelopes` to every subscriber, in order; on success each of them has them stored.
    ///
    /// # Errors
    /// [`BusError`] when some subscriber may not have got them all; publishing again is safe.
    async fn publish(&self, envelopes: &[Envelope]) -> Result<(), BusError>;
}

/// A module that listens, in this process or another.
#[derive(Debug, Clone, Copy)]
pub struct Listener {
    /// The module.
    pub consumer: &'static str,
    /// The event types that it wants.
    pub types: &'static [&'static str],
}

/// What a module of this process listens to.
#[derive(Clone)]
pub struct Subscription {
    /// The listening module.
    pub consumer: &'static str,
    /// Its database, which holds its inbox.
    pub database: Database,
    /// The event types that it wants.
    pub types: &'static [&'static str],
    /// What it does about them.
    pub handler: Arc<dyn Handler>,
    /// Whether what is delivered to it can be stored.
    pub intake: Intake,
}

impl Subscription {
    /// Who listens, and to what.
    pub fn listener(&self) -> Listener {
        Listener {
            consumer: self.consumer,
            types: self.types,
        }
    }

    /// Whether the subscriber wants events of this type.
    pub fn wants(&self, kind: &str) -> bool {
        self.types.contains(&kind)
    }
}

/// The transport did not take an event.
#[derive(Debug, thiserror::Error)]
#[error("{consumer} did not take the events: {source}")]
pub struct BusError {
    /// Who did not take it.
    pub consumer: String,
    /// Whether nothing could be sent at all, whatever the events are.
    pub away: bool,
    /// Why.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
