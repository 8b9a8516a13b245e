//! What this module does when another one tells of something.

use async_trait::async_trait;
use bus::{Handler, Verdict};
use contracts::user::{UserDeleted, UserErasureRequested, UserExportRequested};
use database::Transaction;
use kernel::{Envelope, Event, Operation};

use crate::Error;
use crate::service::{MODULE, Service};

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[
    UserDeleted::TYPE,
    UserExportRequested::TYPE,
    UserErasureRequested::TYPE,
];

/// Hands over what is known of people, and forgets those whose accounts are gone.
pub(crate) struct Reactions(pub(crate) Service);

#[async_trait]
impl Handler for Reactions {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict> {
        let service = &self.0;
        let operation = Operation::caused_by(event);
        match event.kind.as_str() {
            UserExportRequested::TYPE => {
                let asked: UserExportRequested = event.decode()?;
                service.hand_over(txn, &operation, &asked).await?;
            }
            UserErasureRequested::TYPE => {
                let asked: UserErasureRequested = event.decode()?;
                if asked.module == MODULE {
                    service.erase(txn, &operation, &asked).await?;
                }
            }
            UserDeleted::TYPE => {
                let told: UserDeleted = event.decode()?;
                service.forget(txn, told.user_id).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl From<Error> for Verdict {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}
