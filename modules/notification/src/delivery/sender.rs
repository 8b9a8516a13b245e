//! Sends what is due, each delivery at least once and by one worker at a time; each lane by workers of
//! its own.

mod outcome;
mod sweep;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use bus::Worker;
use contracts::user::UserApi;
use database::{Change, Database};
use futures::FutureExt;
use kernel::{Env, OneTimeTokenId, UserId};
use lettre::Message as Mail;
use sea_orm::Iterable;
use tokio_util::sync::CancellationToken;

use self::sweep::Sweep;
use super::delivery_error::DeliveryError;
use super::email::{Composer, Mailer};
use super::record::DeliveryRecord;
use super::retry::{self, LEASE};
use super::store;
use crate::domain::{DeliveryState, Lane, Recipient, TemplateKey};
use crate::error::Error;
use crate::{inbox, recipients};

/// How many emails of one lane are on their way at once.
const WORKERS_PER_LANE: usize = 2;

/// A worker that sends what is due in its lane.
#[derive(Clone)]
pub struct Sender {
    lane: Lane,
    sweep: Arc<Sweep>,
    database: Database,
    env: Env,
    users: Arc<dyn UserApi>,
    composer: Composer,
    mailer: Mailer,
}

impl Sender {
    /// The workers of all lanes.
    pub(crate) fn all(
        database: &Database,
        env: &Env,
        users: &Arc<dyn UserApi>,
        composer: &Composer,
        mailer: &Mailer,
    ) -> Vec<Self> {
        let sweep = Arc::new(Sweep::default());
        let lanes = Lane::iter().flat_map(|lane| [lane; WORKERS_PER_LANE]);
        let senders = lanes.map(|lane| Self {
            lane,
            sweep: Arc::clone(&sweep),
            database: database.clone(),
            env: env.clone(),
            users: Arc::clone(users),
            composer: composer.clone(),
            mailer: mailer.clone(),
        });
        senders.collect()
    }

    /// Sends until `stop`; what is being sent then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let commits = self.database.commits(Change::Deliveries);
        bus::run_worker(&self, &self.env, commits, &stop).await;
    }

    /// Tries the next delivery; `false` when none is due.
    pub(crate) async fn send_next(&self) -> Result<bool, Error> {
        self.sweep().await?;
        let db = self.database.read();
        let due = store::find_due(db, self.lane, self.env.now()).await?;
        let Some(mut delivery) = due else {
            return Ok(false);
        };
        let txn = self.database.begin().await?;
        let now = self.env.now();
        let until = database::clock(&txn, now).await? + LEASE;
        let claimed = store::claim(&txn, &delivery, now, until).await?;
        txn.commit().await?;
        if !claimed {
            return Ok(true);
        }
        delivery.state = DeliveryState::Sending;
        delivery.attempts += 1;
        let result = if retry::must_give_up(&delivery, now) {
            Err(DeliveryError::permanent("the last tries were broken off"))
        } else {
            // An email that makes the sender panic is one that failed; the others still go out.
            AssertUnwindSafe(Box::pin(self.attempt(&delivery)))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err(DeliveryError::temporary("the sending panicked")))
        };
        if let Err(DeliveryError::Storage(error)) = result {
            return Err(error);
        }
        self.finish(delivery, result).await?;
        Ok(true)
    }

    async fn sweep(&self) -> Result<(), Error> {
        let now = self.env.now();
        if !self.sweep.is_due(now) {
            return Ok(());
        }
        let txn = self.database.begin().await?;
        let now = database::clock(&txn, now).await?;
        store::bring_back(&txn, now).await?;
        Ok(txn.commit().await?)
    }

    async fn attempt(&self, delivery: &DeliveryRecord) -> Result<(), DeliveryError> {
        let mail = match delivery.email {
            Some((template, token)) => self.transactional(delivery, template, token).await?,
            None => self.notification(delivery).await?,
        };
        self.mailer.send(delivery.id, mail).await?;
        Ok(())
    }

    /// Requests the content of the email, with its link, from the user module.
    async fn transactional(
        &self,
        delivery: &DeliveryRecord,
        template: TemplateKey,
        token: OneTimeTokenId,
    ) -> Result<Mail, DeliveryError> {
        let email = self.users.email_content(token).await;
        let email = email.map_err(DeliveryError::temporary)?.ok_or_else(|| {
            DeliveryError::Obsolete("its link was used, has run out or was replaced by a newer one")
        })?;
        Ok(self.composer.transactional(delivery, template, &email)?)
    }

    async fn notification(&self, delivery: &DeliveryRecord) -> Result<Mail, DeliveryError> {
        let db = self.database.read();
        let found = match delivery.notification_id {
            Some(id) => inbox::find(db, id).await?,
            None => None,
        };
        let (Some(notification), Some(user)) = (found, delivery.user_id) else {
            return Err(DeliveryError::permanent("the message is gone"));
        };
        let message = serde_json::from_str(&notification.data).map_err(DeliveryError::permanent)?;
        let recipient = match recipients::find(db, user).await? {
            Some(known) => known,
            None => self.fetch_recipient(user).await?,
        };
        // It may be the address of somebody who knows nothing of the account: they are warned of what
        // happens in it, and told no more.
        if delivery.lane != Lane::Account && !recipient.email_verified {
            return Err(DeliveryError::Obsolete(
                "the email address is not verified; the notification is in the inbox",
            ));
        }
        Ok(self.composer.notification(delivery, &recipient, &message)?)
    }

    /// Requests a recipient whom no event has named yet from the user module. The answer is not kept: an
    /// event that comes later must not be undone by it.
    async fn fetch_recipient(&self, user: UserId) -> Result<Recipient, DeliveryError> {
        let contact = self.users.contact(user).await;
        let contact = contact.map_err(DeliveryError::temporary)?;
        contact
            .map(Recipient::from)
            .ok_or_else(|| DeliveryError::permanent("the user does not exist any more"))
    }
}

#[async_trait]
impl Worker for Sender {
    fn name(&self) -> String {
        format!("mail sender ({:?})", self.lane)
    }

    async fn work(&self) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.send_next().await?)
    }
}
