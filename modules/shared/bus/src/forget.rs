//! Removing what events told of a person who is gone.

mod events;
mod traces;

pub use traces::Traces;

use database::{delete_where, holds, inbox, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Deletes the published and the handled events of a saga.
///
/// # Errors
/// The driver's error.
pub async fn saga(txn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    let stream = format!("saga/{id}");
    let sent = Condition::all()
        .add(outbox::Column::Stream.eq(&stream))
        .add(outbox::Column::State.eq(outbox::PUBLISHED));
    delete_where::<outbox::Entity>(txn, sent).await?;
    let received = Condition::all()
        .add(inbox::Column::Stream.eq(&stream))
        .add(inbox::Column::State.ne(inbox::PENDING));
    delete_where::<inbox::Entity>(txn, received).await?;
    Ok(())
}

/// Whether events whose facts name `id` are still to be published.
///
/// # Errors
/// The driver's error.
pub async fn has_unpublished(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let named = id.to_string();
    let mut last = i64::MIN;
    loop {
        let waiting = outbox::Entity::find()
            .filter(outbox::Column::State.eq(outbox::PENDING))
            .filter(outbox::Column::Position.gt(last))
            .filter(holds(db, Expr::col(outbox::Column::Envelope), &named))
            .order_by_asc(outbox::Column::Position)
            .limit(events::BATCH as u64)
            .all(db)
            .await?;
        if waiting.iter().any(|row| events::names(&row.envelope, id)) {
            return Ok(true);
        }
        let Some(end) = waiting.last() else {
            return Ok(false);
        };
        last = end.position;
    }
}
