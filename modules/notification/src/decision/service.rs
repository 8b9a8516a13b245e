//! Makes notifications and transactional emails of events.

use std::sync::Arc;

use bus::HandlerError;
use contracts::notification::NotificationCreated;
use contracts::progress::{EnrollmentOrigin, ProgressEnrolled};
use contracts::user::UserCreated;
use database::Transaction;
use kernel::{Env, Envelope, Operation};

use super::channels::channels;
use super::emails::RequestsEmail;
use super::messages::Notifies;
use crate::domain::MODULE;
use crate::inbox::NotificationRecord;
use crate::templates::Templates;
use crate::{delivery, inbox, recipients};

#[derive(Clone)]
pub(crate) struct Service {
    env: Env,
    templates: Arc<Templates>,
    recipients: recipients::Service,
    deliveries: delivery::Service,
}

impl Service {
    pub(crate) fn new(
        env: Env,
        templates: Arc<Templates>,
        recipients: recipients::Service,
        deliveries: delivery::Service,
    ) -> Self {
        Self {
            env,
            templates,
            recipients,
            deliveries,
        }
    }

    pub(crate) async fn on_user_created(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        self.recipients.upsert::<UserCreated>(txn, event).await?;
        self.notify::<UserCreated>(txn, event).await
    }

    /// Who comes back by themselves knows the course already.
    pub(crate) async fn on_enrolled(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let enrolled: ProgressEnrolled = event.decode()?;
        if enrolled.returning && enrolled.origin == EnrollmentOrigin::Learner {
            return Ok(());
        }
        self.notify::<ProgressEnrolled>(txn, event).await
    }

    /// Notifies a user of an event, once; erased users are not notified.
    pub(crate) async fn notify<E: Notifies>(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let (user, message) = event.decode::<E>()?.message();
        if recipients::is_erased(txn, user).await? {
            return Ok(());
        }
        let now = self.env.now();
        let recipient = recipients::find(txn, user).await?;
        let (name, locale) = recipient.map_or((None, String::new()), |known| {
            (Some(known.display_name), known.locale)
        });
        let text = self.templates.inbox(&message, name.as_deref(), &locale);
        let text = text.map_err(|error| HandlerError::Park(error.to_string()))?;
        let record = NotificationRecord {
            id: self.env.id(),
            user_id: user,
            event_id: event.id,
            category: message.category(),
            message_type: message.message_type(),
            title: text.title,
            body: text.body,
            data: serde_json::to_string(&message).map_err(|error| {
                HandlerError::Park(format!("the facts of the message do not encode: {error}"))
            })?,
            link: message.link(),
            created_at: now,
            read_at: None,
            version: 1,
        };
        if !inbox::insert(txn, &record).await? {
            return Ok(());
        }
        for channel in channels(record.category, record.message_type) {
            self.deliveries
                .queue_notification(txn, event, *channel, record.id, record.message_type, user)
                .await?;
        }
        let created = NotificationCreated {
            notification_id: record.id,
            user_id: user,
            category: record.category.to_string(),
        };
        let operation = Operation::caused_by(event);
        Ok(bus::append(txn, &self.env, &operation, MODULE, &created).await?)
    }

    /// Queues the transactional email for an event.
    pub(crate) async fn queue_email<E: RequestsEmail>(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let (template, token, user) = event.decode::<E>()?.email();
        let queued = self
            .deliveries
            .queue_email(txn, event, template, token, user);
        Ok(queued.await?)
    }
}
