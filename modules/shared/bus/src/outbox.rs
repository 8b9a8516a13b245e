//! Writing events in the transaction of the change that they tell of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use database::{Change, Transaction, event_stream, outbox};
use kernel::{Env, Envelope, Event, EventId, Operation};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{DbErr, EntityTrait, Set};

/// How many bytes an event's envelope has at most: what every transport takes, and what a process
/// holds many of at a time. What may be more is told in pieces ([`kernel::Piece`]).
pub const LARGEST_EVENT: usize = 8 << 20;

/// Appends `event` to the module's outbox; it leaves after the commit, at least once.
///
/// # Errors
/// Those of [`Events::append`].
pub async fn append<E: Event>(
    txn: &Transaction,
    env: &Env,
    operation: &Operation,
    module: &str,
    event: &E,
) -> Result<(), DbErr> {
    let mut events = Events::new(env, operation, module);
    events.push(event)?;
    events.append(txn).await
}

/// Events of one transaction, which are written together.
pub struct Events<'a> {
    env: &'a Env,
    operation: &'a Operation,
    module: &'a str,
    now: DateTime<Utc>,
    /// Without their sequence numbers.
    envelopes: Vec<Envelope>,
}

impl<'a> Events<'a> {
    /// None yet; those that come are of `module` and follow from `operation`.
    pub fn new(env: &'a Env, operation: &'a Operation, module: &'a str) -> Self {
        Self {
            env,
            operation,
            module,
            now: env.now(),
            envelopes: Vec::new(),
        }
    }

    /// Adds an event after those that were added before.
    ///
    /// # Errors
    /// That the event does not encode.
    pub fn push<E: Event>(&mut self, event: &E) -> Result<(), DbErr> {
        let data = serde_json::to_value(event).map_err(|error| unencodable(E::TYPE, &error))?;
        let id: EventId = self.env.id();
        self.envelopes.push(Envelope {
            specversion: "1.0".to_owned(),
            id,
            source: format!("/gopro/{}", self.module),
            kind: E::TYPE.to_owned(),
            subject: event.subject(),
            time: self.operation.moment(self.now),
            datacontenttype: "application/json".to_owned(),
            dataschema: format!("/events/{}", E::TYPE),
            aggregatetype: E::AGGREGATE.to_owned(),
            sequence: 0,
            correlationid: self.operation.correlation.clone(),
            causationid: self.operation.causation.clone(),
            traceparent: self.operation.traceparent.clone(),
            actor: self.operation.actor.map(|id| id.to_string()),
            data,
        });
        Ok(())
    }

    /// Appends them to the module's outbox; they leave after the commit, at least once, those of one
    /// aggregate in this order.
    ///
    /// # Errors
    /// The driver's error, or that an event is larger than [`LARGEST_EVENT`]; the caller must not
    /// commit then.
    pub async fn append(self, txn: &Transaction) -> Result<(), DbErr> {
        if self.envelopes.is_empty() {
            return Ok(());
        }
        let mut counts = BTreeMap::<String, i64>::new();
        for envelope in &self.envelopes {
            *counts.entry(envelope.stream()).or_default() += 1;
        }
        let mut before = raise_sequences(txn, counts).await?;
        let mut rows = Vec::with_capacity(self.envelopes.len());
        for mut envelope in self.envelopes {
            let stream = envelope.stream();
            let sequence = before.entry(stream.clone()).or_default();
            *sequence += 1;
            envelope.sequence = *sequence;
            rows.push(outbox::ActiveModel {
                event_id: Set(envelope.id.uuid()),
                stream: Set(stream),
                envelope: Set(encode(&envelope)?),
                state: Set(outbox::PENDING),
                error: Set(None),
                created_at: Set(self.now),
                ..Default::default()
            });
        }
        outbox::Entity::insert_many(rows)
            .exec_without_returning(txn)
            .await?;
        txn.changes(Change::Outbox);
        Ok(())
    }
}

fn encode(envelope: &Envelope) -> Result<String, DbErr> {
    let kind = &envelope.kind;
    let json = serde_json::to_string(envelope).map_err(|error| unencodable(kind, &error))?;
    let bytes = json.len();
    if bytes > LARGEST_EVENT {
        return Err(DbErr::Custom(format!(
            "{kind} has {bytes} bytes, and an event has {LARGEST_EVENT} at most"
        )));
    }
    Ok(json)
}

fn unencodable(kind: &str, error: &serde_json::Error) -> DbErr {
    DbErr::Custom(format!("{kind} does not encode: {error}"))
}

/// Adds to the sequence number of each stream how many events it gets; returns what they were.
///
/// Counting locks the aggregate's row until the commit, so that two transactions on one aggregate
/// write their events in the order of their commits. The rows are in order, so that two transactions
/// on several aggregates do not wait for each other.
async fn raise_sequences(
    txn: &Transaction,
    counts: BTreeMap<String, i64>,
) -> Result<BTreeMap<String, i64>, DbErr> {
    let rows = counts
        .iter()
        .map(|(stream, count)| event_stream::ActiveModel {
            stream: Set(stream.clone()),
            sequence: Set(*count),
        });
    let offered = Expr::col((Alias::new("excluded"), event_stream::Column::Sequence));
    let raise = OnConflict::column(event_stream::Column::Stream)
        .value(
            event_stream::Column::Sequence,
            Expr::col((event_stream::Entity, event_stream::Column::Sequence)).add(offered),
        )
        .to_owned();
    let raised = event_stream::Entity::insert_many(rows)
        .on_conflict(raise)
        .exec_with_returning(txn)
        .await?;
    let before = raised.into_iter().map(|row| {
        let count = counts.get(&row.stream).copied().unwrap_or_default();
        (row.stream, row.sequence - count)
    });
    Ok(before.collect())
}
