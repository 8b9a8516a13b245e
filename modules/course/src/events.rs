//! What this module does when another one has published an event.

use async_trait::async_trait;
use bus::{Handler, HandlerError};
use contracts::progress::{ProgressEnrolled, ProgressUnenrolled, ProgressUpgraded};
use contracts::user::{UserDeleted, UserErasureRequested, UserExportRequested};
use database::Transaction;
use kernel::{Env, Envelope, Event};

use crate::enrollments;
use crate::error::Error;
use crate::privacy::PERSONAL_DATA;

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[
    ProgressEnrolled::TYPE,
    ProgressUpgraded::TYPE,
    ProgressUnenrolled::TYPE,
    UserDeleted::TYPE,
    UserExportRequested::TYPE,
    UserErasureRequested::TYPE,
];

/// Which room handles which event.
pub(crate) struct EventHandlers {
    pub(crate) env: Env,
}

#[async_trait]
impl Handler for EventHandlers {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), HandlerError> {
        let env = &self.env;
        match event.kind.as_str() {
            ProgressEnrolled::TYPE => enrollments::on_enrolled(txn, event.decode()?).await?,
            ProgressUpgraded::TYPE => enrollments::on_upgraded(txn, event.decode()?).await?,
            ProgressUnenrolled::TYPE => enrollments::on_unenrolled(txn, event.decode()?).await?,
            UserExportRequested::TYPE => PERSONAL_DATA.on_export_requested(txn, env, event).await?,
            UserErasureRequested::TYPE => {
                PERSONAL_DATA.on_erasure_requested(txn, env, event).await?;
            }
            UserDeleted::TYPE => PERSONAL_DATA.on_user_deleted(txn, env, event).await?,
            _ => {}
        }
        Ok(())
    }
}

impl From<Error> for HandlerError {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}
