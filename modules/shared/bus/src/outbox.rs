//! Writing an event in the transaction of the change that it tells of.

use database::{event_stream, outbox};
use kernel::{Ambient, Envelope, Event, EventId, Operation};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};

/// Appends `event` to the module's outbox; it leaves after the commit, at least once.
///
/// # Errors
/// The driver's error; the caller must not commit then.
pub async fn append<E: Event>(
    txn: &impl ConnectionTrait,
    ambient: &Ambient,
    operation: &Operation,
    module: &str,
    event: &E,
) -> Result<(), DbErr> {
    let data = serde_json::to_value(event)
        .map_err(|error| DbErr::Custom(format!("{} does not encode: {error}", E::TYPE)))?;
    let id: EventId = ambient.id();
    let now = ambient.now();
    let stream = format!("{}/{}", E::AGGREGATE, event.subject());
    let sequence = next_sequence(txn, &stream).await?;
    let envelope = Envelope {
        specversion: "1.0".to_owned(),
        id,
        source: format!("/gopro/{module}"),
        kind: E::TYPE.to_owned(),
        subject: event.subject(),
        time: now,
        datacontenttype: "application/json".to_owned(),
        dataschema: format!("/events/{}", E::TYPE),
        aggregatetype: E::AGGREGATE.to_owned(),
        sequence,
        correlationid: operation.correlation.clone(),
        causationid: operation.causation.clone(),
        traceparent: operation.traceparent.clone(),
        actor: operation.actor.map(|id| id.to_string()),
        data,
    };
    let json = serde_json::to_string(&envelope)
        .map_err(|error| DbErr::Custom(format!("{} does not encode: {error}", E::TYPE)))?;
    let row = outbox::ActiveModel {
        event_id: Set(id.uuid()),
        stream: Set(stream),
        envelope: Set(json),
        state: Set(outbox::PENDING),
        error: Set(None),
        created_at: Set(now),
        ..Default::default()
    };
    outbox::Entity::insert(row)
        .exec_without_returning(txn)
        .await?;
    Ok(())
}

/// Counting locks the aggregate's row until the commit, so that two transactions on one aggregate
/// write their events in the order of their commits.
async fn next_sequence(txn: &impl ConnectionTrait, stream: &str) -> Result<i64, DbErr> {
    let first = event_stream::ActiveModel {
        stream: Set(stream.to_owned()),
        sequence: Set(1),
    };
    let raise = OnConflict::column(event_stream::Column::Stream)
        .value(
            event_stream::Column::Sequence,
            Expr::col((event_stream::Entity, event_stream::Column::Sequence)).add(1),
        )
        .to_owned();
    let row = event_stream::Entity::insert(first)
        .on_conflict(raise)
        .exec_with_returning(txn)
        .await?;
    Ok(row.sequence)
}
