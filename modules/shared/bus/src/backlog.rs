//! How much a module still has to send and to handle.

use chrono::{DateTime, Utc};
use database::{Database, inbox, outbox};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::Serialize;

/// The open rows of one module's outbox and inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// Events that are still to be published.
    pub outbox_pending: u64,
    /// Events that failed to be published too often.
    pub outbox_parked: u64,
    /// When the oldest unpublished event was appended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbox_oldest: Option<DateTime<Utc>>,
    /// Delivered events whose effect is still to be made.
    pub inbox_pending: u64,
    /// When the oldest of them was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbox_oldest: Option<DateTime<Utc>>,
    /// How many events were ever delivered.
    pub inbox_received: u64,
    /// Dead letters.
    pub inbox_parked: u64,
}

/// Counts a module's open rows.
///
/// # Errors
/// The driver's error.
pub async fn backlog(database: &Database) -> Result<Backlog, DbErr> {
    let db = database.read();
    let outbox_in = |state: i16| outbox::Entity::find().filter(outbox::Column::State.eq(state));
    let inbox_in = |state: i16| inbox::Entity::find().filter(inbox::Column::State.eq(state));
    // What is handled meanwhile leaves its own events in the outbox, so that is counted afterwards.
    let inbox_pending = inbox_in(inbox::PENDING).count(db).await?;
    let waiting = inbox_in(inbox::PENDING)
        .order_by_asc(inbox::Column::Position)
        .one(db)
        .await?;
    let last = inbox::Entity::find()
        .order_by_desc(inbox::Column::Position)
        .one(db)
        .await?;
    let oldest = outbox_in(outbox::PENDING)
        .order_by_asc(outbox::Column::Position)
        .one(db)
        .await?;
    Ok(Backlog {
        outbox_pending: outbox_in(outbox::PENDING).count(db).await?,
        outbox_parked: outbox_in(outbox::PARKED).count(db).await?,
        outbox_oldest: oldest.map(|row| row.created_at),
        inbox_pending,
        inbox_oldest: waiting.map(|row| row.received_at),
        inbox_received: last.map_or(0, |row| u64::try_from(row.position).unwrap_or(0)),
        inbox_parked: inbox_in(inbox::PARKED).count(db).await?,
    })
}
