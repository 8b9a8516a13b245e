//! What this module does when the others tell something.

use std::sync::Arc;

use async_trait::async_trait;
use bus::{Handler, Verdict};
use contracts::course::{CourseArchived, CoursePublished, ExerciseSubmissionGraded};
use contracts::user::{
    UserCreated, UserDeleted, UserErasureRequested, UserExportRequested, UserUpdated,
};
use database::Transaction;
use kernel::{Envelope, Event, Operation};

use crate::error::Error;
use crate::service::{MODULE, Service};

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[
    CoursePublished::TYPE,
    CourseArchived::TYPE,
    ExerciseSubmissionGraded::TYPE,
    UserCreated::TYPE,
    UserUpdated::TYPE,
    UserDeleted::TYPE,
    UserExportRequested::TYPE,
    UserErasureRequested::TYPE,
];

/// The module's side of the bus.
pub(crate) struct Reactions(pub(crate) Arc<Service>);

#[async_trait]
impl Handler for Reactions {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict> {
        let service = &self.0;
        match event.kind.as_str() {
            CoursePublished::TYPE => {
                let told: CoursePublished = event.decode()?;
                service.hear_published(txn, &told.outline).await?;
            }
            CourseArchived::TYPE => {
                let told: CourseArchived = event.decode()?;
                service.hear_archived(txn, told.course_id).await?;
            }
            ExerciseSubmissionGraded::TYPE => {
                let told: ExerciseSubmissionGraded = event.decode()?;
                let operation = Operation {
                    actor: Some(told.learner_id),
                    correlation: event.correlationid.clone(),
                    address: None,
                    causation: Some(event.id.to_string()),
                    traceparent: event.traceparent.clone(),
                    idempotency: None,
                };
                service.credit(txn, &told, &operation).await?;
            }
            UserCreated::TYPE => {
                let told: UserCreated = event.decode()?;
                service
                    .know(
                        txn,
                        told.user_id,
                        told.display_name,
                        told.time_zone,
                        event.sequence,
                    )
                    .await?;
            }
            UserUpdated::TYPE => {
                let told: UserUpdated = event.decode()?;
                service
                    .know(
                        txn,
                        told.user_id,
                        told.display_name,
                        told.time_zone,
                        event.sequence,
                    )
                    .await?;
            }
            UserExportRequested::TYPE => {
                let asked: UserExportRequested = event.decode()?;
                let operation = Operation::caused_by(event);
                service.hand_over(txn, &operation, &asked).await?;
            }
            UserErasureRequested::TYPE => {
                let asked: UserErasureRequested = event.decode()?;
                let operation = Operation::caused_by(event);
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
