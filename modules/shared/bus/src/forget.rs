//! Removing what events told of a person who is gone.

use database::{holds, inbox, outbox};
use kernel::Envelope;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Deletes the published events of the outbox and the handled, parked and discarded ones of the
/// inbox whose facts name `id`, a person or a saga; returns how many.
///
/// What is still to be published or handled stays, and so does an event that only names its actor.
/// A deleted event that is delivered once more is handled once more, so handlers must bear that.
///
/// # Errors
/// The driver's error.
pub async fn forget(txn: &impl ConnectionTrait, id: Uuid) -> Result<u64, DbErr> {
    let named = id.to_string();
    let mut forgotten = 0;
    let mut last = i64::MIN;
    loop {
        let told = outbox::Entity::find()
            .filter(outbox::Column::Position.gt(last))
            .filter(outbox::Column::State.eq(outbox::PUBLISHED))
            .filter(holds(txn, Expr::col(outbox::Column::Envelope), &named))
            .order_by_asc(outbox::Column::Position)
            .limit(BATCH)
            .all(txn)
            .await?;
        let Some(end) = told.last() else {
            break;
        };
        last = end.position;
        let theirs = told.iter().filter(|row| names(&row.envelope, id));
        let deleted = outbox::Entity::delete_many()
            .filter(outbox::Column::Position.is_in(theirs.map(|row| row.position)))
            .exec(txn)
            .await?;
        forgotten += deleted.rows_affected;
    }
    let mut last = i64::MIN;
    loop {
        let heard = inbox::Entity::find()
            .filter(inbox::Column::Position.gt(last))
            .filter(inbox::Column::State.ne(inbox::PENDING))
            .filter(holds(txn, Expr::col(inbox::Column::Envelope), &named))
            .order_by_asc(inbox::Column::Position)
            .limit(BATCH)
            .all(txn)
            .await?;
        let Some(end) = heard.last() else {
            break;
        };
        last = end.position;
        let theirs = heard.iter().filter(|row| names(&row.envelope, id));
        let deleted = inbox::Entity::delete_many()
            .filter(inbox::Column::Position.is_in(theirs.map(|row| row.position)))
            .exec(txn)
            .await?;
        forgotten += deleted.rows_affected;
    }
    Ok(forgotten)
}

/// Whether events whose facts name `id` are still to be published.
///
/// # Errors
/// The driver's error.
pub async fn has_unpublished(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let waiting = outbox::Entity::find()
        .filter(outbox::Column::State.eq(outbox::PENDING))
        .filter(holds(
            db,
            Expr::col(outbox::Column::Envelope),
            &id.to_string(),
        ))
        .all(db)
        .await?;
    Ok(waiting.iter().any(|row| names(&row.envelope, id)))
}

/// How many events are read at a time, because some are large.
const BATCH: u64 = 50;

/// An envelope that does not decode is taken to name whom its text names.
fn names(envelope: &str, id: Uuid) -> bool {
    let id = id.to_string();
    serde_json::from_str::<Envelope>(envelope).map_or(true, |envelope| {
        envelope.subject == id || envelope.data.to_string().contains(&id)
    })
}
