//! Sends what is due, each delivery at least once and in one hand at a time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use contracts::notification::{NotificationFailed, NotificationSent};
use contracts::user::UserApi;
use database::Database;
use futures::FutureExt;
use kernel::{Ambient, Operation, ProofId, UserId};
use lettre::Message as Mail;
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use crate::NAME;
use crate::delivery::{self, DeliveryState, LEASE, MAX_ATTEMPTS};
use crate::letter::LetterType;
use crate::mail::Composer;
use crate::message::Message;
use crate::store;
use crate::store::deliveries::DeliveryRecord;
use crate::store::recipients::Recipient;
use crate::transport::Mailer;
use crate::words::one_line;

/// Wake-ups come with each commit; the poll finds what has become due meanwhile.
const POLL: Duration = Duration::from_secs(1);
const LONGEST_ERROR: usize = 500;

/// The worker that sends what is due.
#[derive(Clone)]
pub struct Sender {
    database: Database,
    ambient: Ambient,
    users: Arc<dyn UserApi>,
    composer: Composer,
    mailer: Mailer,
}

/// Why a try did not succeed.
struct Trouble {
    fate: Fate,
    text: String,
}

/// What a try that did not succeed leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Another try.
    Again,
    /// None, because it can never succeed.
    Failed,
    /// None, because nobody needs it any more.
    Unneeded,
}

impl Trouble {
    fn passing(error: impl ToString) -> Self {
        Self {
            fate: Fate::Again,
            text: error.to_string(),
        }
    }

    fn permanent(error: impl ToString) -> Self {
        Self {
            fate: Fate::Failed,
            text: error.to_string(),
        }
    }

    fn unneeded(reason: &str) -> Self {
        Self {
            fate: Fate::Unneeded,
            text: reason.to_owned(),
        }
    }
}

impl Sender {
    pub(crate) fn new(
        database: Database,
        ambient: Ambient,
        users: Arc<dyn UserApi>,
        composer: Composer,
        mailer: Mailer,
    ) -> Self {
        Self {
            database,
            ambient,
            users,
            composer,
            mailer,
        }
    }

    /// Sends until `stop`; what is in hand then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let mut commits = self.database.commits();
        while !stop.is_cancelled() {
            commits.borrow_and_update();
            match self.send_next().await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    _ = commits.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.cancelled() => {}
                },
                Err(error) => {
                    tracing::warn!(error = %error, "the deliveries cannot be read; trying again");
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
        }
    }

    /// Sends all that is due now; returns how many deliveries were tried.
    ///
    /// # Errors
    /// The driver's error; what was in hand is tried again when its lease has run out.
    #[cfg(test)]
    pub(crate) async fn drain(&self) -> Result<usize, DbErr> {
        let mut tried = 0;
        while self.send_next().await? {
            tried += 1;
        }
        Ok(tried)
    }

    /// Tries the delivery that has waited longest; `false` when none is due.
    async fn send_next(&self) -> Result<bool, DbErr> {
        let now = self.ambient.now();
        let due = store::deliveries::find_due(self.database.read(), now).await?;
        let Some(mut delivery) = due else {
            return Ok(false);
        };
        let claimed =
            store::deliveries::claim(self.database.writer(), &delivery, now, now + LEASE).await?;
        if !claimed {
            return Ok(true);
        }
        delivery.state = DeliveryState::Sending;
        delivery.attempts += 1;
        let result = if delivery.attempts > MAX_ATTEMPTS {
            Err(Trouble::permanent("the process ended during the last try"))
        } else {
            // A mail that makes the sender panic is one that failed; the others still go out.
            AssertUnwindSafe(Box::pin(self.attempt(&delivery)))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Ok(Err(Trouble::passing("the sending panicked"))))?
        };
        self.finish(delivery, result).await?;
        Ok(true)
    }

    /// The outer error is our storage's; the inner one belongs to the delivery.
    async fn attempt(&self, delivery: &DeliveryRecord) -> Result<Result<(), Trouble>, DbErr> {
        if let Some((letter_type, proof)) = delivery.letter {
            return Ok(self.send_letter(delivery, letter_type, proof).await);
        }
        let db = self.database.read();
        let found = match delivery.notification_id {
            Some(id) => store::notifications::find(db, id).await?,
            None => None,
        };
        let (Some(notification), Some(user)) = (found, delivery.user_id) else {
            return Ok(Err(Trouble::permanent("the message is gone")));
        };
        let message: Message = match serde_json::from_str(&notification.data) {
            Ok(message) => message,
            Err(error) => return Ok(Err(Trouble::permanent(error))),
        };
        let recipient = match store::recipients::find(db, user).await? {
            Some(known) => known,
            None => match self.ask(user).await {
                Ok(answered) => answered,
                Err(trouble) => return Ok(Err(trouble)),
            },
        };
        Ok(self.send(delivery, &recipient, &message).await)
    }

    /// Asks the user module for the letter, with its link, and sends it.
    async fn send_letter(
        &self,
        delivery: &DeliveryRecord,
        letter_type: LetterType,
        proof: ProofId,
    ) -> Result<(), Trouble> {
        let letter = self.users.letter(proof).await.map_err(Trouble::passing)?;
        let letter = letter.ok_or_else(|| {
            Trouble::unneeded("its link was used, has run out or was replaced by a newer one")
        })?;
        let mail = self
            .composer
            .letter(delivery, letter_type, &letter)
            .map_err(Trouble::permanent)?;
        self.hand_over(delivery, mail).await
    }

    async fn hand_over(&self, delivery: &DeliveryRecord, mail: Mail) -> Result<(), Trouble> {
        let sent = self.mailer.send(delivery.id, mail).await;
        sent.map_err(|error| match error.is_permanent() {
            true => Trouble::permanent(error),
            false => Trouble::passing(error),
        })
    }

    /// Asks the user module for what this module has not heard yet. The answer is not kept: an
    /// event that comes later must not be undone by it.
    async fn ask(&self, user: UserId) -> Result<Recipient, Trouble> {
        let contact = self.users.contact(user).await.map_err(Trouble::passing)?;
        let contact =
            contact.ok_or_else(|| Trouble::permanent("there is no such person any more"))?;
        Ok(Recipient {
            user_id: contact.id,
            display_name: contact.display_name,
            email: contact.email,
            locale: contact.locale,
            time_zone: contact.time_zone,
        })
    }

    async fn send(
        &self,
        delivery: &DeliveryRecord,
        recipient: &Recipient,
        message: &Message,
    ) -> Result<(), Trouble> {
        let mail = self
            .composer
            .compose(delivery, recipient, message)
            .map_err(Trouble::permanent)?;
        self.hand_over(delivery, mail).await
    }

    /// Writes how the try went and tells of it, unless another worker has taken over meanwhile.
    async fn finish(
        &self,
        mut delivery: DeliveryRecord,
        result: Result<(), Trouble>,
    ) -> Result<(), DbErr> {
        let now = self.ambient.now();
        delivery.updated_at = now;
        delivery.available_at = now;
        match result {
            Ok(()) => {
                delivery.state = DeliveryState::Sent;
                delivery.sent_at = Some(now);
                delivery.error = None;
            }
            Err(trouble) => {
                let spent = delivery.attempts >= MAX_ATTEMPTS;
                delivery.error = Some(one_line(&without_addresses(&trouble.text), LONGEST_ERROR));
                delivery.state = match trouble.fate {
                    Fate::Unneeded => DeliveryState::Suppressed,
                    Fate::Again if !spent => {
                        delivery.available_at =
                            now + delivery::wait(&self.ambient, delivery.attempts);
                        DeliveryState::Queued
                    }
                    Fate::Again | Fate::Failed => DeliveryState::Failed,
                };
            }
        }
        let txn = self.database.begin().await?;
        if !store::deliveries::finish(&*txn, &delivery).await? {
            tracing::warn!(delivery.id = %delivery.id, "a delivery was taken over while it was being sent");
            return Ok(());
        }
        let operation = Operation::system(delivery.correlation.clone());
        let channel = delivery.channel.as_str().to_owned();
        // Others are told of messages; a letter concerns the user module alone, which asked for it.
        let told = delivery.notification_id.zip(delivery.user_id);
        match delivery.state {
            DeliveryState::Sent => {
                if let Some((notification_id, user_id)) = told {
                    let event = NotificationSent {
                        notification_id,
                        user_id,
                        channel,
                    };
                    bus::append(&*txn, &self.ambient, &operation, NAME, &event).await?;
                }
            }
            DeliveryState::Failed => {
                tracing::error!(delivery.id = %delivery.id, delivery.attempts = delivery.attempts, "a delivery has failed; an administrator can retry it");
                if let Some((notification_id, user_id)) = told {
                    let event = NotificationFailed {
                        notification_id,
                        user_id,
                        channel,
                    };
                    bus::append(&*txn, &self.ambient, &operation, NAME, &event).await?;
                }
            }
            DeliveryState::Suppressed => {
                tracing::info!(delivery.id = %delivery.id, "a delivery was not needed any more");
            }
            DeliveryState::Queued | DeliveryState::Sending => {
                tracing::warn!(delivery.id = %delivery.id, delivery.attempts = delivery.attempts, "a delivery was not taken and is tried again");
            }
        }
        txn.commit().await
    }
}

/// What a mail server answers often repeats the address, which concerns nobody who reads why a
/// delivery failed.
fn without_addresses(text: &str) -> String {
    let words = text.split(' ').map(|word| match word.contains('@') {
        true => "(address)",
        false => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn a_servers_answer_is_kept_without_the_address_that_it_repeats() {
        let answer = "permanent error (550): <ada@example.org> no such mailbox";
        assert_eq!(
            without_addresses(answer),
            "permanent error (550): (address) no such mailbox"
        );
    }
}
