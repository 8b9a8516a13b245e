//! Events that could not be handled: listing them, trying again, giving up.

use chrono::{DateTime, Utc};
use database::{Change, Database, Sort, inbox, select_after};
use kernel::{EventId, PageRequest};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde::Serialize;
use uuid::Uuid;

/// One event that a module could not handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// Its place in the module's inbox.
    #[serde(skip)]
    pub position: i64,
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
}

/// A dead letter with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WholeDeadLetter {
    /// What a list says of it.
    #[serde(flatten)]
    pub letter: DeadLetter,
    /// The CloudEvents envelope as JSON.
    pub envelope: String,
}

/// The columns of a dead letter; envelopes may be large, so that lists do not read them.
#[derive(FromQueryResult)]
struct Row {
    position: i64,
    event_id: Uuid,
    kind: String,
    error: Option<String>,
    attempts: i32,
    received_at: DateTime<Utc>,
}

/// A module's dead letters, oldest first.
///
/// # Errors
/// The driver's error.
pub async fn list(database: &Database) -> Result<Vec<DeadLetter>, DbErr> {
    let rows = parked().order_by_asc(inbox::Column::Position);
    letters(database, rows).await
}

/// A part of a module's dead letters, in the direction of `slice`, whose key is the position, and
/// one more than its limit so that [`kernel::Page::cut`] sees whether it goes on.
///
/// # Errors
/// The driver's error.
pub async fn list_part(
    database: &Database,
    page_request: &PageRequest,
) -> Result<Vec<DeadLetter>, DbErr> {
    let sorts = [Sort::asc(Expr::col(inbox::Column::Position))];
    let rows = select_after(parked(), database.backend(), &sorts, page_request);
    letters(database, rows).await
}

async fn letters(
    database: &Database,
    rows: Select<inbox::Entity>,
) -> Result<Vec<DeadLetter>, DbErr> {
    let rows = rows
        .select_only()
        .columns([
            inbox::Column::Position,
            inbox::Column::EventId,
            inbox::Column::Kind,
            inbox::Column::Error,
            inbox::Column::Attempts,
            inbox::Column::ReceivedAt,
        ])
        .into_model::<Row>()
        .all(database.read())
        .await?;
    Ok(rows.into_iter().map(DeadLetter::from).collect())
}

/// How many dead letters a module has.
///
/// # Errors
/// The driver's error.
pub async fn count(database: &Database) -> Result<u64, DbErr> {
    parked().count(database.read()).await
}

/// One dead letter of a module.
///
/// # Errors
/// The driver's error.
pub async fn find(database: &Database, event: EventId) -> Result<Option<WholeDeadLetter>, DbErr> {
    let row = parked()
        .filter(inbox::Column::EventId.eq(event.uuid()))
        .one(database.read())
        .await?;
    Ok(row.map(WholeDeadLetter::from))
}

fn parked() -> Select<inbox::Entity> {
    inbox::Entity::find().filter(inbox::Column::State.eq(inbox::PARKED))
}

impl From<Row> for DeadLetter {
    fn from(row: Row) -> Self {
        Self {
            position: row.position,
            event_id: row.event_id.into(),
            kind: row.kind,
            error: row.error.unwrap_or_default(),
            attempts: row.attempts,
            received_at: row.received_at,
        }
    }
}

impl From<inbox::Model> for WholeDeadLetter {
    fn from(row: inbox::Model) -> Self {
        Self {
            letter: DeadLetter {
                position: row.position,
                event_id: row.event_id.into(),
                kind: row.kind,
                error: row.error.unwrap_or_default(),
                attempts: row.attempts,
                received_at: row.received_at,
            },
            envelope: row.envelope,
        }
    }
}

/// Gives a dead letter to its handler again; returns whether there was one.
///
/// # Errors
/// The driver's error.
pub async fn replay(database: &Database, event: EventId) -> Result<bool, DbErr> {
    settle(database, event, inbox::PENDING).await
}

/// Gives a dead letter up; returns whether there was one.
///
/// # Errors
/// The driver's error.
pub async fn discard(database: &Database, event: EventId) -> Result<bool, DbErr> {
    settle(database, event, inbox::DISCARDED).await
}

async fn settle(database: &Database, event: EventId, state: i16) -> Result<bool, DbErr> {
    let txn = database.begin_private().await?;
    txn.changes(Change::Inbox);
    let changed = inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(state))
        .col_expr(inbox::Column::Attempts, Expr::value(0))
        // At once, by whichever instance's clock.
        .col_expr(
            inbox::Column::AvailableAt,
            Expr::value(DateTime::<Utc>::UNIX_EPOCH),
        )
        .filter(inbox::Column::EventId.eq(event.uuid()))
        .filter(inbox::Column::State.eq(inbox::PARKED))
        .exec(&txn)
        .await?;
    txn.commit().await?;
    Ok(changed.rows_affected == 1)
}
