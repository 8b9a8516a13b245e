//! Makes a notification of an event: a row in the inbox and one delivery per further channel.

use chrono::{DateTime, Utc};
use contracts::notification::NotificationCreated;
use database::Transaction;
use kernel::{Ambient, Envelope, NotificationId, Operation, UserId, kind};
use sea_orm::DbErr;

use crate::NAME;
use crate::channel::{Channel, channels};
use crate::delivery::DeliveryState;
use crate::letter::Order;
use crate::message::Message;
use crate::store;
use crate::store::deliveries::DeliveryRecord;
use crate::store::notifications::NotificationRecord;
use crate::template::Templates;

/// A message that could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifyError {
    #[error("the storage did not answer: {0}")]
    Storage(#[from] sea_orm::DbErr),
    #[error("the template does not render: {0}")]
    Template(#[from] minijinja::Error),
    #[error("the facts of the message do not encode: {0}")]
    Data(#[from] serde_json::Error),
}

/// Tells `user` of `message`, once per event. Somebody whose account is gone is told nothing.
///
/// The person's address is not needed here: whoever sends looks it up at that time.
pub(crate) async fn notify(
    txn: &Transaction,
    ambient: &Ambient,
    templates: &Templates,
    event: &Envelope,
    user: UserId,
    message: &Message,
) -> Result<(), NotifyError> {
    if store::recipients::is_forgotten(&**txn, user).await? {
        return Ok(());
    }
    let now = ambient.now();
    let recipient = store::recipients::find(&**txn, user).await?;
    let (name, locale) = recipient.map_or((None, String::new()), |known| {
        (Some(known.display_name), known.locale)
    });
    let text = templates.inbox(message, name.as_deref(), &locale)?;
    let record = NotificationRecord {
        id: ambient.id(),
        user_id: user,
        event_id: event.id,
        category: message.category(),
        message_type: message.message_type(),
        title: text.title,
        body: text.body,
        data: serde_json::to_string(message)?,
        link: message.link(),
        created_at: now,
        read_at: None,
        version: 1,
    };
    if !store::notifications::insert(&**txn, &record).await? {
        return Ok(());
    }
    for channel in channels(record.category, record.message_type) {
        if channel.needs_delivery() {
            let delivery = queued(ambient, *channel, &record, event, now);
            store::deliveries::insert(&**txn, &delivery).await?;
        }
    }
    let told = NotificationCreated {
        notification_id: record.id,
        user_id: user,
        category: record.category.as_str().to_owned(),
    };
    let operation = Operation::caused_by(event);
    bus::append(&**txn, ambient, &operation, NAME, &told).await?;
    Ok(())
}

/// Queues a letter, once per proof.
pub(crate) async fn order(
    txn: &Transaction,
    ambient: &Ambient,
    event: &Envelope,
    order: Order,
) -> Result<(), DbErr> {
    let now = ambient.now();
    let id: NotificationId = ambient.id::<kind::Notification>();
    let delivery = DeliveryRecord {
        id: id.uuid(),
        notification_id: None,
        user_id: order.user,
        letter: Some((order.letter, order.proof)),
        channel: Channel::Email,
        state: DeliveryState::Queued,
        attempts: 0,
        available_at: now,
        error: None,
        correlation: event.correlationid.clone(),
        created_at: now,
        updated_at: now,
        sent_at: None,
    };
    store::deliveries::insert(&**txn, &delivery).await
}

fn queued(
    ambient: &Ambient,
    channel: Channel,
    record: &NotificationRecord,
    event: &Envelope,
    now: DateTime<Utc>,
) -> DeliveryRecord {
    let id: NotificationId = ambient.id::<kind::Notification>();
    DeliveryRecord {
        id: id.uuid(),
        notification_id: Some(record.id),
        user_id: Some(record.user_id),
        letter: None,
        channel,
        state: DeliveryState::Queued,
        attempts: 0,
        available_at: now,
        error: None,
        correlation: event.correlationid.clone(),
        created_at: now,
        updated_at: now,
        sent_at: None,
    }
}
