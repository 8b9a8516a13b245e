//! What this module does when another one answers a saga.

use std::sync::Arc;

use async_trait::async_trait;
use bus::{Handler, Verdict};
use contracts::course::{CourseUserErased, CourseUserExported};
use contracts::notification::{NotificationUserErased, NotificationUserExported};
use contracts::progress::{ProgressUserErased, ProgressUserExported};
use database::Transaction;
use kernel::{Envelope, Event, Operation};

use crate::error::Error;
use crate::service::Service;

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[
    CourseUserExported::TYPE,
    ProgressUserExported::TYPE,
    NotificationUserExported::TYPE,
    CourseUserErased::TYPE,
    ProgressUserErased::TYPE,
    NotificationUserErased::TYPE,
];

/// The module's side of the bus.
pub(crate) struct Reactions(pub(crate) Arc<Service>);

#[async_trait]
impl Handler for Reactions {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict> {
        let service = &self.0;
        let op = Operation::caused_by(event);
        match event.kind.as_str() {
            CourseUserExported::TYPE => {
                let told: CourseUserExported = event.decode()?;
                let (saga, user) = (told.saga_id, told.user_id);
                service
                    .hear_part(txn, &op, saga, "course", user, &told.part)
                    .await?;
            }
            ProgressUserExported::TYPE => {
                let told: ProgressUserExported = event.decode()?;
                let (saga, user) = (told.saga_id, told.user_id);
                service
                    .hear_part(txn, &op, saga, "progress", user, &told.part)
                    .await?;
            }
            NotificationUserExported::TYPE => {
                let told: NotificationUserExported = event.decode()?;
                let (saga, user) = (told.saga_id, told.user_id);
                service
                    .hear_part(txn, &op, saga, "notification", user, &told.part)
                    .await?;
            }
            CourseUserErased::TYPE => {
                let told: CourseUserErased = event.decode()?;
                let (saga, user) = (told.saga_id, told.user_id);
                service
                    .hear_erased(txn, &op, saga, "course", user, &told.removed)
                    .await?;
            }
            ProgressUserErased::TYPE => {
                let told: ProgressUserErased = event.decode()?;
                let (saga, user) = (told.saga_id, told.user_id);
                service
                    .hear_erased(txn, &op, saga, "progress", user, &told.removed)
                    .await?;
            }
            NotificationUserErased::TYPE => {
                let told: NotificationUserErased = event.decode()?;
                let (saga, user) = (told.saga_id, told.user_id);
                service
                    .hear_erased(txn, &op, saga, "notification", user, &told.removed)
                    .await?;
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
