//! What this module does when another one answers a saga.

use std::sync::Arc;

use async_trait::async_trait;
use bus::{Handler, HandlerError};
use contracts::user::{UserErased, UserExported};
use database::{Change, Transaction};
use kernel::{Envelope, Event};

use crate::error::Error;
use crate::privacy;

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[UserExported::TYPE, UserErased::TYPE];

/// The module's side of the bus.
pub(crate) struct EventHandlers {
    pub privacy: Arc<privacy::Service>,
}

#[async_trait]
impl Handler for EventHandlers {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), HandlerError> {
        txn.changes(Change::Content);
        match event.kind.as_str() {
            UserExported::TYPE => self.privacy.on_exported(txn, event).await,
            UserErased::TYPE => self.privacy.on_erased(txn, event).await,
            _ => Ok(()),
        }
    }
}

impl From<Error> for HandlerError {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}
