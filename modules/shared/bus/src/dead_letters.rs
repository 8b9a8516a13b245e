//! Events that could not be handled: listing them, trying again, giving up.

use chrono::{DateTime, Utc};
use database::{Database, inbox};
use kernel::EventId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

/// One event that a module could not handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The event.
    pub event_id: EventId,
    /// Its type.
    pub kind: String,
    /// Why its last attempt failed.
    pub error: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was delivered.
    pub received_at: DateTime<Utc>,
    /// The CloudEvents envelope as JSON.
    pub envelope: String,
}

/// A module's dead letters, oldest first.
///
/// # Errors
/// The driver's error.
pub async fn list(database: &Database) -> Result<Vec<DeadLetter>, DbErr> {
    let rows = inbox::Entity::find()
        .filter(inbox::Column::State.eq(inbox::PARKED))
        .order_by_asc(inbox::Column::Position)
        .all(database.read())
        .await?;
    let letters = rows.into_iter().map(|row| DeadLetter {
        event_id: row.event_id.into(),
        kind: row.kind,
        error: row.error.unwrap_or_default(),
        attempts: row.attempts,
        received_at: row.received_at,
        envelope: row.envelope,
    });
    Ok(letters.collect())
}

/// Gives a dead letter to its handler again; returns whether there was one.
///
/// # Errors
/// The driver's error.
pub async fn replay(
    database: &Database,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    settle(database, event, inbox::PENDING, now).await
}

/// Gives a dead letter up; returns whether there was one.
///
/// # Errors
/// The driver's error.
pub async fn discard(
    database: &Database,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    settle(database, event, inbox::DISCARDED, now).await
}

async fn settle(
    database: &Database,
    event: EventId,
    state: i16,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let txn = database.begin().await?;
    let changed = inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(state))
        .col_expr(inbox::Column::Attempts, Expr::value(0))
        .col_expr(inbox::Column::AvailableAt, Expr::value(now))
        .filter(inbox::Column::EventId.eq(event.uuid()))
        .filter(inbox::Column::State.eq(inbox::PARKED))
        .exec(&*txn)
        .await?;
    txn.commit().await?;
    Ok(changed.rows_affected == 1)
}
