//! What the module does when another module's event arrives.

use std::sync::Arc;

use async_trait::async_trait;
use bus::{Handler, Verdict};
use contracts::progress::{ProgressAchievementUnlocked, ProgressCourseCompleted, ProgressEnrolled};
use contracts::user::{
    UserCreated, UserDeleted, UserEmailChangeRequested, UserEmailChanged,
    UserEmailVerificationRequested, UserErasureRequested, UserErasureStarted, UserExportRequested,
    UserIdentityLinked, UserInvited, UserLocked, UserMfaChanged, UserPasswordChanged,
    UserPasswordResetRequested, UserRegistrationRepeated, UserSuspiciousLogin, UserUpdated,
};
use database::Transaction;
use kernel::{Ambient, Envelope, Event, Operation, UserId};

use crate::NAME;
use crate::error::Error;
use crate::letter::{LetterType, Order};
use crate::message::Message;
use crate::service::notify::{self, NotifyError};
use crate::service::personal;
use crate::store;
use crate::store::recipients::Recipient;
use crate::template::Templates;

/// The types of the events that this module listens to.
pub const TYPES: &[&str] = &[
    UserCreated::TYPE,
    UserUpdated::TYPE,
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
    ProgressEnrolled::TYPE,
    ProgressCourseCompleted::TYPE,
    ProgressAchievementUnlocked::TYPE,
];

pub(crate) struct Reactions {
    pub(crate) ambient: Ambient,
    pub(crate) templates: Arc<Templates>,
}

#[async_trait]
impl Handler for Reactions {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict> {
        if let Some(order) = order_of(event)? {
            return Ok(notify::order(txn, &self.ambient, event, order).await?);
        }
        match event.kind.as_str() {
            UserCreated::TYPE => self.greet(txn, event).await,
            UserUpdated::TYPE => self.hear(txn, event).await,
            UserDeleted::TYPE => {
                let gone = event.decode::<UserDeleted>()?.user_id;
                personal::forget(txn, &self.ambient, gone).await?;
                Ok(())
            }
            UserExportRequested::TYPE => {
                let asked = event.decode::<UserExportRequested>()?;
                let operation = Operation::caused_by(event);
                Ok(personal::hand_over(txn, &self.ambient, &operation, &asked).await?)
            }
            UserErasureRequested::TYPE => {
                let asked = event.decode::<UserErasureRequested>()?;
                let operation = Operation::caused_by(event);
                if asked.module == NAME {
                    personal::erase(txn, &self.ambient, &operation, &asked).await?;
                }
                Ok(())
            }
            UserSuspiciousLogin::TYPE => {
                let fact = event.decode::<UserSuspiciousLogin>()?;
                self.tell(txn, event, fact.user_id, Message::SuspiciousLogin)
                    .await
            }
            UserPasswordChanged::TYPE => {
                let fact = event.decode::<UserPasswordChanged>()?;
                self.tell(txn, event, fact.user_id, Message::PasswordChanged)
                    .await
            }
            UserMfaChanged::TYPE => {
                let fact = event.decode::<UserMfaChanged>()?;
                let message = match fact.enabled {
                    true => Message::MfaEnabled,
                    false => Message::MfaDisabled,
                };
                self.tell(txn, event, fact.user_id, message).await
            }
            UserLocked::TYPE => {
                let fact = event.decode::<UserLocked>()?;
                let message = match fact.locked {
                    true => Message::AccountLocked,
                    false => Message::AccountUnlocked,
                };
                self.tell(txn, event, fact.user_id, message).await
            }
            UserIdentityLinked::TYPE => {
                let fact = event.decode::<UserIdentityLinked>()?;
                let message = Message::IdentityLinked {
                    provider: fact.provider,
                };
                self.tell(txn, event, fact.user_id, message).await
            }
            ProgressEnrolled::TYPE => {
                let fact = event.decode::<ProgressEnrolled>()?;
                let message = Message::Enrolled {
                    course_id: fact.course_id,
                    course_title: fact.course_title,
                };
                self.tell(txn, event, fact.learner_id, message).await
            }
            ProgressCourseCompleted::TYPE => {
                let fact = event.decode::<ProgressCourseCompleted>()?;
                let message = Message::CourseCompleted {
                    course_id: fact.course_id,
                    course_title: fact.course_title,
                };
                self.tell(txn, event, fact.learner_id, message).await
            }
            ProgressAchievementUnlocked::TYPE => {
                let fact = event.decode::<ProgressAchievementUnlocked>()?;
                let message = Message::AchievementUnlocked {
                    achievement_id: fact.achievement_id,
                    name: fact.name,
                    description: fact.description,
                    points: fact.points,
                };
                self.tell(txn, event, fact.learner_id, message).await
            }
            other => Err(Verdict::Park(format!("{other} is not listened to"))),
        }
    }
}

/// The letter that an event asks for, if it asks for one.
fn order_of(event: &Envelope) -> Result<Option<Order>, Verdict> {
    let order = |letter, proof, user| {
        Some(Order {
            letter,
            proof,
            user,
        })
    };
    Ok(match event.kind.as_str() {
        UserEmailVerificationRequested::TYPE => {
            let fact = event.decode::<UserEmailVerificationRequested>()?;
            order(LetterType::VerifyEmail, fact.proof_id, None)
        }
        UserRegistrationRepeated::TYPE => {
            let fact = event.decode::<UserRegistrationRepeated>()?;
            order(LetterType::RegistrationRepeated, fact.proof_id, None)
        }
        UserInvited::TYPE => {
            let fact = event.decode::<UserInvited>()?;
            order(LetterType::Invitation, fact.proof_id, None)
        }
        UserPasswordResetRequested::TYPE => {
            let fact = event.decode::<UserPasswordResetRequested>()?;
            let letter = match fact.required {
                true => LetterType::ResetRequired,
                false => LetterType::ResetPassword,
            };
            order(letter, fact.proof_id, Some(fact.user_id))
        }
        UserEmailChangeRequested::TYPE => {
            let fact = event.decode::<UserEmailChangeRequested>()?;
            order(LetterType::ChangeEmail, fact.proof_id, Some(fact.user_id))
        }
        UserEmailChanged::TYPE => {
            let fact = event.decode::<UserEmailChanged>()?;
            order(LetterType::EmailChanged, fact.proof_id, Some(fact.user_id))
        }
        UserErasureStarted::TYPE => {
            let fact = event.decode::<UserErasureStarted>()?;
            order(
                LetterType::ErasureStarted,
                fact.proof_id,
                Some(fact.user_id),
            )
        }
        _ => None,
    })
}

impl Reactions {
    async fn greet(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict> {
        let fact = event.decode::<UserCreated>()?;
        let person = Recipient {
            user_id: fact.user_id,
            display_name: fact.display_name,
            email: fact.email,
            locale: fact.locale,
            time_zone: fact.time_zone,
        };
        self.know(txn, event, person).await?;
        self.tell(txn, event, fact.user_id, Message::Welcome).await
    }

    async fn hear(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict> {
        let fact = event.decode::<UserUpdated>()?;
        let person = Recipient {
            user_id: fact.user_id,
            display_name: fact.display_name,
            email: fact.email,
            locale: fact.locale,
            time_zone: fact.time_zone,
        };
        self.know(txn, event, person).await
    }

    /// An event that comes late brings back neither an older address nor who is gone.
    async fn know(
        &self,
        txn: &Transaction,
        event: &Envelope,
        person: Recipient,
    ) -> Result<(), Verdict> {
        if store::recipients::is_forgotten(&**txn, person.user_id).await? {
            return Ok(());
        }
        let now = self.ambient.now();
        Ok(store::recipients::upsert(&**txn, person, event.sequence, now).await?)
    }

    async fn tell(
        &self,
        txn: &Transaction,
        event: &Envelope,
        user: UserId,
        message: Message,
    ) -> Result<(), Verdict> {
        let (ambient, templates) = (&self.ambient, &self.templates);
        let told = notify::notify(txn, ambient, templates, event, user, &message).await;
        told.map_err(|error| match error {
            NotifyError::Storage(error) => Verdict::from(error),
            NotifyError::Template(_) | NotifyError::Data(_) => Verdict::Park(error.to_string()),
        })
    }
}

impl From<Error> for Verdict {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}
