//! What administrators see and do about deliveries, and how new ones are queued.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Change, Database, Transaction, idempotency};
use kernel::{
    DeliveryId, Env, Envelope, NotificationId, OneTimeTokenId, Operation, Outcome, Page,
    PageRequest, UserId,
};
use serde::Serialize;

use super::record::DeliveryRecord;
use super::request::DeliveryFilter;
use super::store;
use super::view::DeliveryView;
use crate::domain::{Channel, DeliveryState, Lane, MessageType, TemplateKey};
use crate::error::Error;

const HOUR: TimeDelta = TimeDelta::hours(1);
/// How many notifications of one type, and of all, a user gets by email within an hour. The inbox
/// has them all, and those that the safety of the account depends on are counted by themselves.
const MOST_ALIKE_AN_HOUR: i64 = 5;
const MOST_AN_HOUR: i64 = 20;

/// The emails that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DeliveryBacklog {
    /// How many are not sent yet.
    pub queued: u64,
    /// How long the first of those that are due has been; 0 when none is.
    pub oldest_seconds: i64,
    /// How old the oldest of those is that have failed for now and are tried again; 0 when none is.
    pub failing_seconds: i64,
}

#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env) -> Self {
        Self { database, env }
    }

    pub(crate) async fn list(
        &self,
        filter: &DeliveryFilter,
        page_request: &PageRequest,
    ) -> Result<Page<DeliveryView>, Error> {
        let page = store::list(self.database.read(), filter.state, page_request).await?;
        Ok(page.map(Into::into))
    }

    /// Queues a failed delivery again, as if it had never been tried.
    pub(crate) async fn retry(
        &self,
        id: DeliveryId,
        operation: &Operation,
    ) -> Result<Outcome<DeliveryView>, Error> {
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let found = store::find_locked(&txn, id).await?;
        let mut record = found.ok_or(Error::DeliveryNotFound)?;
        if record.state != DeliveryState::Failed {
            return Err(Error::DeliveryNotFailed);
        }
        let due = database::clock(&txn, now).await?;
        store::requeue(&txn, id, now, due).await?;
        txn.changes(Change::Deliveries);
        record.state = DeliveryState::Queued;
        record.attempts = 0;
        record.error = None;
        record.available_at = Some(due);
        record.updated_at = now;
        let kept = idempotency::keep(&txn, operation, DeliveryView::from(record)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// Releases every delivery that a worker had claimed, because no worker is left.
    pub(crate) async fn release_all(&self) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let now = database::clock(&txn, self.env.now()).await?;
        store::release_all(&txn, now).await?;
        txn.changes(Change::Deliveries);
        Ok(txn.commit().await?)
    }

    /// What waits to be sent.
    pub(crate) async fn backlog(&self) -> Result<DeliveryBacklog, Error> {
        let db = self.database.read();
        let now = database::clock(db, self.env.now()).await?;
        let (queued, oldest, failing) = store::backlog(db, now).await?;
        let age =
            |since: Option<DateTime<Utc>>| since.map_or(0, |since| (now - since).num_seconds());
        Ok(DeliveryBacklog {
            queued,
            oldest_seconds: age(oldest),
            failing_seconds: age(failing),
        })
    }

    /// Queues a notification to a user for one channel, unless they got many within an hour: whoever
    /// acts in an account must not flood an address that may be another person's. Their address is
    /// not needed here: whoever sends looks it up at that time.
    pub(crate) async fn queue_notification(
        &self,
        txn: &Transaction,
        event: &Envelope,
        channel: Channel,
        notification: NotificationId,
        message_type: MessageType,
        user: UserId,
    ) -> Result<(), Error> {
        let now = self.env.now();
        let sent = store::count_notifications(txn, user, now - HOUR, now).await?;
        let alike = sent.iter().find(|(kind, _)| *kind == message_type);
        let lane = message_type.lane();
        let in_lane = sent.iter().filter(|(kind, _)| kind.lane() == lane);
        let all: i64 = in_lane.map(|(_, count)| count).sum();
        if alike.is_some_and(|(_, count)| *count >= MOST_ALIKE_AN_HOUR) || all >= MOST_AN_HOUR {
            return Ok(());
        }
        let delivery = DeliveryRecord {
            notification_id: Some(notification),
            user_id: Some(user),
            channel,
            ..self.queued(txn, event, lane).await?
        };
        store::insert(txn, &delivery).await?;
        txn.changes(Change::Deliveries);
        Ok(())
    }

    /// Queues a transactional email, once per one-time token.
    pub(crate) async fn queue_email(
        &self,
        txn: &Transaction,
        event: &Envelope,
        template: TemplateKey,
        token: OneTimeTokenId,
        user: Option<UserId>,
    ) -> Result<(), Error> {
        let delivery = DeliveryRecord {
            user_id: user,
            email: Some((template, token)),
            ..self.queued(txn, event, template.lane()).await?
        };
        store::insert(txn, &delivery).await?;
        txn.changes(Change::Deliveries);
        Ok(())
    }

    /// A delivery that is due at once.
    async fn queued(
        &self,
        txn: &Transaction,
        event: &Envelope,
        lane: Lane,
    ) -> Result<DeliveryRecord, Error> {
        let now = self.env.now();
        Ok(DeliveryRecord {
            id: self.env.id(),
            notification_id: None,
            user_id: None,
            email: None,
            channel: Channel::Email,
            lane,
            state: DeliveryState::Queued,
            attempts: 0,
            available_at: Some(database::clock(txn, now).await?),
            error: None,
            correlation: event.correlationid.clone(),
            created_at: now,
            updated_at: now,
            sent_at: None,
        })
    }
}
