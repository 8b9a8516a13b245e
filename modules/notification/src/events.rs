//! Which room handles which event of another module.

use async_trait::async_trait;
use bus::{Handler, HandlerError};
use contracts::course::{CoursePublishFailed, ExerciseSubmissionReviewed};
use contracts::progress::{
    ProgressAchievementUnlocked, ProgressCertificateExpiring, ProgressCertificateReinstated,
    ProgressCertificateRevoked, ProgressCourseCompleted, ProgressEnrolled,
    ProgressEnrollmentExpired, ProgressEnrollmentExpiring, ProgressLearnerRemoved,
    ProgressVersionAvailable,
};
use contracts::user::{
    UserCreated, UserDeleted, UserEmailChangeRequested, UserEmailChanged,
    UserEmailVerificationRequested, UserEmailVerified, UserErasureRequested, UserErasureStarted,
    UserExportRequested, UserIdentityLinked, UserInvited, UserLocked, UserMfaChanged,
    UserPasswordChanged, UserPasswordResetRequested, UserRegistrationRepeated, UserSuspiciousLogin,
    UserUpdated,
};
use database::Transaction;
use kernel::{Env, Envelope, Event};

use crate::privacy::PERSONAL_DATA;
use crate::{decision, recipients};

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[
    UserCreated::TYPE,
    UserUpdated::TYPE,
    UserEmailVerified::TYPE,
    UserDeleted::TYPE,
    UserExportRequested::TYPE,
    UserErasureRequested::TYPE,
    UserSuspiciousLogin::TYPE,
    UserPasswordChanged::TYPE,
    UserMfaChanged::TYPE,
    UserLocked::TYPE,
    UserIdentityLinked::TYPE,
    UserEmailVerificationRequested::TYPE,
    UserRegistrationRepeated::TYPE,
    UserPasswordResetRequested::TYPE,
    UserEmailChangeRequested::TYPE,
    UserEmailChanged::TYPE,
    UserInvited::TYPE,
    UserErasureStarted::TYPE,
    CoursePublishFailed::TYPE,
    ExerciseSubmissionReviewed::TYPE,
    ProgressEnrolled::TYPE,
    ProgressVersionAvailable::TYPE,
    ProgressCourseCompleted::TYPE,
    ProgressLearnerRemoved::TYPE,
    ProgressEnrollmentExpiring::TYPE,
    ProgressEnrollmentExpired::TYPE,
    ProgressCertificateRevoked::TYPE,
    ProgressCertificateExpiring::TYPE,
    ProgressCertificateReinstated::TYPE,
    ProgressAchievementUnlocked::TYPE,
];

#[derive(Clone)]
pub(crate) struct EventHandlers {
    pub(crate) decision: decision::Service,
    pub(crate) recipients: recipients::Service,
    pub(crate) env: Env,
}

#[async_trait]
impl Handler for EventHandlers {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), HandlerError> {
        let (decision, env) = (&self.decision, &self.env);
        match event.kind.as_str() {
            UserCreated::TYPE => decision.on_user_created(txn, event).await,
            UserUpdated::TYPE => self.recipients.upsert::<UserUpdated>(txn, event).await,
            UserEmailVerified::TYPE => self.recipients.on_email_verified(txn, event).await,
            UserDeleted::TYPE => PERSONAL_DATA.on_user_deleted(txn, env, event).await,
            UserExportRequested::TYPE => PERSONAL_DATA.on_export_requested(txn, env, event).await,
            UserErasureRequested::TYPE => PERSONAL_DATA.on_erasure_requested(txn, env, event).await,
            UserSuspiciousLogin::TYPE => decision.notify::<UserSuspiciousLogin>(txn, event).await,
            UserPasswordChanged::TYPE => decision.notify::<UserPasswordChanged>(txn, event).await,
            UserMfaChanged::TYPE => decision.notify::<UserMfaChanged>(txn, event).await,
            UserLocked::TYPE => decision.notify::<UserLocked>(txn, event).await,
            UserIdentityLinked::TYPE => decision.notify::<UserIdentityLinked>(txn, event).await,
            CoursePublishFailed::TYPE => decision.notify::<CoursePublishFailed>(txn, event).await,
            ExerciseSubmissionReviewed::TYPE => {
                decision
                    .notify::<ExerciseSubmissionReviewed>(txn, event)
                    .await
            }
            ProgressEnrolled::TYPE => decision.on_enrolled(txn, event).await,
            ProgressVersionAvailable::TYPE => {
                decision
                    .notify::<ProgressVersionAvailable>(txn, event)
                    .await
            }
            ProgressCourseCompleted::TYPE => {
                decision.notify::<ProgressCourseCompleted>(txn, event).await
            }
            ProgressLearnerRemoved::TYPE => {
                decision.notify::<ProgressLearnerRemoved>(txn, event).await
            }
            ProgressEnrollmentExpiring::TYPE => {
                decision
                    .notify::<ProgressEnrollmentExpiring>(txn, event)
                    .await
            }
            ProgressEnrollmentExpired::TYPE => {
                decision
                    .notify::<ProgressEnrollmentExpired>(txn, event)
                    .await
            }
            ProgressCertificateRevoked::TYPE => {
                decision
                    .notify::<ProgressCertificateRevoked>(txn, event)
                    .await
            }
            ProgressCertificateExpiring::TYPE => {
                decision
                    .notify::<ProgressCertificateExpiring>(txn, event)
                    .await
            }
            ProgressCertificateReinstated::TYPE => {
                decision
                    .notify::<ProgressCertificateReinstated>(txn, event)
                    .await
            }
            ProgressAchievementUnlocked::TYPE => {
                decision
                    .notify::<ProgressAchievementUnlocked>(txn, event)
                    .await
            }
            UserEmailVerificationRequested::TYPE => {
                decision
                    .queue_email::<UserEmailVerificationRequested>(txn, event)
                    .await
            }
            UserRegistrationRepeated::TYPE => {
                decision
                    .queue_email::<UserRegistrationRepeated>(txn, event)
                    .await
            }
            UserPasswordResetRequested::TYPE => {
                decision
                    .queue_email::<UserPasswordResetRequested>(txn, event)
                    .await
            }
            UserEmailChangeRequested::TYPE => {
                decision
                    .queue_email::<UserEmailChangeRequested>(txn, event)
                    .await
            }
            UserEmailChanged::TYPE => decision.queue_email::<UserEmailChanged>(txn, event).await,
            UserInvited::TYPE => decision.queue_email::<UserInvited>(txn, event).await,
            UserErasureStarted::TYPE => {
                decision.queue_email::<UserErasureStarted>(txn, event).await
            }
            other => Err(HandlerError::Park(format!("{other} is not listened to"))),
        }
    }
}
