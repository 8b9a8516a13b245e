//! Kept events that name somebody.

use database::{delete_where, holds, inbox, outbox};
use kernel::Envelope;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// How many events that may name somebody are read at a time, because some are large.
pub(super) const BATCH: usize = 16;

/// Where kept events stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// The published events of the outbox.
    Sent,
    /// The handled, parked and discarded events of the inbox.
    Received,
}

/// Looks through the next `limit` events after a position: the positions of those whose facts name `id`, and
/// the last position that was looked at, `None` at the end.
///
/// What is still to be published or handled is left out, and so is an event that only names its actor.
///
/// # Errors
/// The driver's error.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    kept: Kept,
    id: Uuid,
    after: Option<i64>,
    limit: u64,
) -> Result<(Vec<i64>, Option<i64>), DbErr> {
    let (after, named) = (after.unwrap_or(i64::MIN), id.to_string());
    let seen: Vec<(i64, bool)> = match kept {
        Kept::Sent => {
            let told = outbox::Column::State.eq(outbox::PUBLISHED).and(holds(
                db,
                Expr::col(outbox::Column::Envelope),
                &named,
            ));
            outbox::Entity::find()
                .select_only()
                .column(outbox::Column::Position)
                .expr_as(told, "told")
                .filter(outbox::Column::Position.gt(after))
                .order_by_asc(outbox::Column::Position)
                .limit(limit)
                .into_tuple()
                .all(db)
                .await?
        }
        Kept::Received => {
            let told = inbox::Column::State.ne(inbox::PENDING).and(holds(
                db,
                Expr::col(inbox::Column::Envelope),
                &named,
            ));
            inbox::Entity::find()
                .select_only()
                .column(inbox::Column::Position)
                .expr_as(told, "told")
                .filter(inbox::Column::Position.gt(after))
                .order_by_asc(inbox::Column::Position)
                .limit(limit)
                .into_tuple()
                .all(db)
                .await?
        }
    };
    let last = seen.last().filter(|_| seen.len() as u64 == limit);
    let last = last.map(|(position, _)| *position);
    let told: Vec<i64> = seen
        .iter()
        .filter(|(_, told)| *told)
        .map(|(position, _)| *position)
        .collect();
    let mut traces = Vec::new();
    for batch in told.chunks(BATCH) {
        let envelopes = envelopes(db, kept, batch).await?;
        let theirs = envelopes.iter().filter(|(_, envelope)| names(envelope, id));
        traces.extend(theirs.map(|(position, _)| *position));
    }
    Ok((traces, last))
}

async fn envelopes(
    db: &impl ConnectionTrait,
    kept: Kept,
    positions: &[i64],
) -> Result<Vec<(i64, String)>, DbErr> {
    let positions = positions.iter().copied();
    match kept {
        Kept::Sent => {
            outbox::Entity::find()
                .select_only()
                .columns([outbox::Column::Position, outbox::Column::Envelope])
                .filter(outbox::Column::Position.is_in(positions))
                .into_tuple()
                .all(db)
                .await
        }
        Kept::Received => {
            inbox::Entity::find()
                .select_only()
                .columns([inbox::Column::Position, inbox::Column::Envelope])
                .filter(inbox::Column::Position.is_in(positions))
                .into_tuple()
                .all(db)
                .await
        }
    }
}

/// Deletes events that [`find`] has found; returns how many.
///
/// One that is delivered once more is handled once more, so handlers must bear that.
///
/// # Errors
/// The driver's error.
pub(super) async fn delete(
    txn: &impl ConnectionTrait,
    kept: Kept,
    positions: &[i64],
) -> Result<u64, DbErr> {
    let positions = positions.iter().copied();
    match kept {
        Kept::Sent => {
            let theirs = outbox::Column::Position.is_in(positions);
            delete_where::<outbox::Entity>(txn, theirs).await
        }
        Kept::Received => {
            let theirs = inbox::Column::Position.is_in(positions);
            delete_where::<inbox::Entity>(txn, theirs).await
        }
    }
}

/// An envelope that does not decode is taken to name whom its text names.
pub(super) fn names(envelope: &str, id: Uuid) -> bool {
    let id = id.to_string();
    serde_json::from_str::<Envelope>(envelope).map_or(true, |envelope| {
        envelope.subject == id || envelope.data.to_string().contains(&id)
    })
}
