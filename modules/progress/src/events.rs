//! What this module does when the others publish something.

use async_trait::async_trait;
use bus::{Handler, HandlerError};
use contracts::course::{
    CourseArchived, CoursePublished, CourseUpdated, ExerciseSubmissionGraded,
    ExerciseSubmissionQueued,
};
use contracts::user::{
    UserCreated, UserDeleted, UserErasureCancelled, UserErasureRequested, UserErasureStarted,
    UserExportRequested, UserLocked, UserUpdated,
};
use database::Transaction;
use kernel::{Env, Envelope, Event, Operation};

use crate::error::Error;
use crate::privacy::PERSONAL_DATA;
use crate::{announcements, certificates, leaderboards, learners, learning, outlines};

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[
    CoursePublished::TYPE,
    CourseUpdated::TYPE,
    CourseArchived::TYPE,
    ExerciseSubmissionQueued::TYPE,
    ExerciseSubmissionGraded::TYPE,
    UserCreated::TYPE,
    UserUpdated::TYPE,
    UserLocked::TYPE,
    UserErasureStarted::TYPE,
    UserErasureCancelled::TYPE,
    UserDeleted::TYPE,
    UserExportRequested::TYPE,
    UserErasureRequested::TYPE,
];

/// The module's side of the bus.
pub(crate) struct EventHandlers {
    pub(crate) outlines: outlines::Service,
    pub(crate) learning: learning::Service,
    pub(crate) env: Env,
}

#[async_trait]
impl Handler for EventHandlers {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), HandlerError> {
        let Self {
            outlines,
            learning,
            env,
        } = self;
        let sequence = event.sequence;
        match event.kind.as_str() {
            CoursePublished::TYPE => {
                outlines
                    .on_course_published(txn, event.decode()?, sequence)
                    .await?;
                let now = Operation::caused_by(event).moment(env.now());
                announcements::on_course_published(txn, now, event.decode()?).await?;
            }
            CourseUpdated::TYPE => {
                outlines
                    .on_course_updated(txn, event.decode()?, sequence)
                    .await?;
            }
            CourseArchived::TYPE => outlines.on_course_archived(txn, event.decode()?).await?,
            ExerciseSubmissionQueued::TYPE => {
                learning
                    .on_submission_queued(txn, event, event.decode()?)
                    .await?;
            }
            ExerciseSubmissionGraded::TYPE => {
                learning
                    .on_submission_graded(txn, event, event.decode()?)
                    .await?;
            }
            UserCreated::TYPE => {
                let user: UserCreated = event.decode()?;
                certificates::name_unnamed(txn, user.user_id, &user.display_name).await?;
                learners::on_user_created(txn, user, sequence).await?;
            }
            UserUpdated::TYPE => {
                let user: UserUpdated = event.decode()?;
                certificates::name_unnamed(txn, user.user_id, &user.display_name).await?;
                learners::on_user_updated(txn, user, sequence).await?;
            }
            UserLocked::TYPE => {
                leaderboards::on_user_locked(txn, event.decode()?, sequence).await?
            }
            UserErasureStarted::TYPE => {
                leaderboards::on_user_erasure_started(txn, event.decode()?, sequence).await?;
            }
            UserErasureCancelled::TYPE => {
                leaderboards::on_user_erasure_cancelled(txn, event.decode()?, sequence).await?;
            }
            UserExportRequested::TYPE => PERSONAL_DATA.on_export_requested(txn, env, event).await?,
            UserErasureRequested::TYPE => {
                PERSONAL_DATA.on_erasure_requested(txn, env, event).await?
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
