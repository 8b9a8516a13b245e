//! Takes delivered events into the module's own storage and runs its handler on them, once each.

use std::collections::HashSet;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Duration as Span, Utc};
use database::{Change, Database, Lease, Transaction, inbox};
use futures::FutureExt;
use kernel::{Env, Envelope};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use tokio_util::sync::CancellationToken;

use crate::retention::Retention;
use crate::worker::{Worker, run_worker};
use crate::{HandlerError, Subscription, retry};

const BATCH: usize = 100;
/// A commit costs more than a small effect, so as many as these share one.
const TOGETHER: usize = 50;
/// Requests wait for the same writer, so a transaction of effects ends after this long.
const SHARE: Duration = Duration::from_millis(5);
const LEASE: &str = "inbox";
const PARK_AFTER: i32 = 5;
/// The step of the growing pauses that is taken while something is away: 0.8 to 1.6 s.
const WAIT: i32 = 3;
/// A handled event is remembered this long, so that a late duplicate is still seen.
const RETENTION: Span = Span::days(30);

/// What a module does about an event. Events share transactions, so a handler gives every error of
/// the database back; one that it passes over is a failure of its event all the same.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Makes the event's effect with `txn`; the bus commits it together with the mark that it is done. An
    /// effect that several users are shown alike is noted as [`database::Change::Content`].
    ///
    /// # Errors
    /// A [`HandlerError`]; then nothing of the effect is kept.
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), HandlerError>;
}

/// Stores delivered events; those that were seen before are passed over.
///
/// # Errors
/// The driver's error; then none of them is stored and they may be delivered again.
pub async fn accept(
    database: &Database,
    envelopes: &[&Envelope],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if envelopes.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(envelopes.len());
    for envelope in envelopes {
        let json = serde_json::to_string(envelope)
            .map_err(|error| DbErr::Custom(format!("an envelope does not encode: {error}")))?;
        rows.push(inbox::ActiveModel {
            event_id: Set(envelope.id.uuid()),
            stream: Set(envelope.stream()),
            kind: Set(envelope.kind.clone()),
            envelope: Set(json),
            state: Set(inbox::PENDING),
            attempts: Set(0),
            // At once, by whichever instance's clock.
            available_at: Set(DateTime::UNIX_EPOCH),
            error: Set(None),
            received_at: Set(now),
            ..Default::default()
        });
    }
    let txn = database.begin_private().await?;
    txn.changes(Change::Inbox);
    inbox::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::column(inbox::Column::EventId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&txn)
        .await?;
    txn.commit().await
}

/// What became of events that shared a transaction.
enum Attempt {
    /// So many of them had their effect.
    Done(usize),
    /// The one in this place failed, and none had its effect.
    Failed(usize, HandlerError),
    /// Another instance has the lease and will handle them, or has handled them already.
    Lost,
}

/// Runs a module's handler over its inbox, in order per aggregate.
#[derive(Clone)]
pub struct InboxWorker {
    subscription: Subscription,
    env: Env,
    lease: Arc<Lease>,
    retention: Arc<Retention>,
}

impl InboxWorker {
    /// A worker that does nothing until it is run or drained.
    pub fn new(subscription: Subscription, env: Env) -> Self {
        let holder = env.id::<kernel::kind::Event>().uuid();
        let lease = Lease::new(subscription.database.clone(), LEASE, holder);
        Self {
            subscription,
            env,
            lease: Arc::new(lease),
            retention: Arc::default(),
        }
    }

    /// Handles events until `stop`, then gives its lease back.
    pub async fn run(self, stop: CancellationToken) {
        let commits = self.subscription.database.commits(Change::Inbox);
        run_worker(&self, &self.env, commits, &stop).await;
        if let Err(error) = self.lease.release().await {
            tracing::debug!(worker = self.name(), error = %error, "a lease was not released and will run out");
        }
    }

    /// Handles one batch; returns how many events it tried.
    ///
    /// # Errors
    /// The driver's error; an event in hand is tried again.
    pub async fn drain(&self) -> Result<usize, DbErr> {
        self.sweep().await?;
        let mut rows = self.runnable().await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let now = self.env.now();
        let Some(fence) = self.lease.acquire(now).await? else {
            return Ok(0);
        };
        let mut tried = 0;
        let mut alone = false;
        while !rows.is_empty() {
            let tried_before = rows.iter().position(|row| row.attempts > 0);
            let together = match tried_before {
                Some(0) => 1,
                _ if alone => 1,
                Some(place) => place.min(TOGETHER),
                None => rows.len().min(TOGETHER),
            };
            match self.attempt(&rows[..together], fence).await? {
                Attempt::Lost => break,
                Attempt::Done(count) => {
                    rows.drain(..count);
                    tried += count;
                }
                // Those before it may be what it fails of, so it is tried by itself.
                Attempt::Failed(_, HandlerError::Wait(_) | HandlerError::Retry(_))
                    if together > 1 =>
                {
                    alone = true;
                }
                Attempt::Failed(place, verdict) => {
                    let failed = rows.remove(place);
                    let later = rows.split_off(place);
                    let free = later.into_iter().filter(|row| row.stream != failed.stream);
                    rows.extend(free);
                    tried += 1;
                    self.record_failure(failed, verdict).await?;
                }
            }
        }
        Ok(tried)
    }

    /// Handles the first of `rows` in one transaction, as many as its share of the writer's time
    /// allows.
    async fn attempt(&self, rows: &[inbox::Model], fence: i64) -> Result<Attempt, DbErr> {
        let txn = self.subscription.database.begin_private().await?;
        let claimed = claim(&txn, rows, self.lease.is_held(fence)).await?;
        if claimed.is_empty() {
            self.lease.doubt();
            return Ok(Attempt::Lost);
        }
        let begun = Instant::now();
        let mut done = 0;
        for row in rows {
            let handled = match claimed.contains(&row.position) {
                true => self.handle(&txn, row).await,
                false => Ok(()),
            };
            // A handler that passes over a failed statement has still made an effect in part.
            let whole = handled.and_then(|()| match txn.failure() {
                Some(error) => Err(error.into()),
                None => Ok(()),
            });
            if let Err(verdict) = whole {
                // Where a statement has failed, the connection may not answer a rollback either.
                match txn.failure() {
                    Some(_) => drop(txn),
                    None => txn.rollback().await?,
                }
                return Ok(Attempt::Failed(done, verdict));
            }
            done += 1;
            if begun.elapsed() > SHARE {
                break;
            }
        }
        let later = rows[done..].iter().map(|row| row.position);
        put_back(&txn, later.filter(|position| claimed.contains(position))).await?;
        txn.commit().await?;
        Ok(Attempt::Done(done))
    }

    async fn handle(&self, txn: &Transaction, row: &inbox::Model) -> Result<(), HandlerError> {
        let envelope: Envelope = serde_json::from_str(&row.envelope).map_err(|error| {
            HandlerError::Park(format!("the envelope does not decode: {error}"))
        })?;
        AssertUnwindSafe(self.subscription.handler.handle(txn, &envelope))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(HandlerError::Retry(panic_text(panic.as_ref()))))
    }

    async fn record_failure(&self, row: inbox::Model, verdict: HandlerError) -> Result<(), DbErr> {
        let attempts = match verdict {
            HandlerError::Wait(_) => row.attempts,
            HandlerError::Retry(_) | HandlerError::Park(_) => row.attempts + 1,
        };
        let park = matches!(verdict, HandlerError::Park(_)) || attempts >= PARK_AFTER;
        let error = verdict.to_string();
        let consumer = self.subscription.consumer;
        if park {
            tracing::error!(consumer, event.id = %row.event_id, event.kind = row.kind, error, "an event became a dead letter");
        } else {
            tracing::warn!(consumer, event.id = %row.event_id, event.kind = row.kind, attempts, error, "an event's effect failed and is tried again");
        }
        let state = if park { inbox::PARKED } else { inbox::PENDING };
        let step = match verdict {
            HandlerError::Wait(_) => WAIT,
            HandlerError::Retry(_) | HandlerError::Park(_) => attempts,
        };
        let txn = self.subscription.database.begin_private().await?;
        let now = database::clock(&txn, self.env.now()).await?;
        let due = now + retry::delay(&self.env, step);
        inbox::Entity::update_many()
            .col_expr(inbox::Column::State, Expr::value(state))
            .col_expr(inbox::Column::Attempts, Expr::value(attempts))
            .col_expr(inbox::Column::AvailableAt, Expr::value(due))
            .col_expr(inbox::Column::Error, Expr::value(error))
            .filter(inbox::Column::Position.eq(row.position))
            .filter(inbox::Column::State.eq(inbox::PENDING))
            .exec(&txn)
            .await?;
        txn.commit().await
    }

    /// The oldest events that are due and whose stream has nothing that waits for its next try. One that is
    /// put off for longer than any wait takes was so by a clock that was ahead, and is due.
    async fn runnable(&self) -> Result<Vec<inbox::Model>, DbErr> {
        let db = self.subscription.database.read();
        let now = database::clock_expr(db, self.env.now());
        let latest = database::clock_expr_after(db, self.env.now(), retry::LONGEST_DELAY);
        let due = Expr::col((inbox::Entity, inbox::Column::AvailableAt));
        let due = due.clone().lte(now.clone()).or(due.gt(latest.clone()));
        // The streams that wait are few and found once; asked for each event by itself, they would
        // be looked for as often as there are events by a plan that was made for an empty table.
        let waiting = Query::select()
            .column(inbox::Column::Stream)
            .from(inbox::Entity)
            .and_where(inbox::Column::State.eq(inbox::PENDING))
            .and_where(Expr::col(inbox::Column::AvailableAt).gt(now))
            .and_where(Expr::col(inbox::Column::AvailableAt).lte(latest))
            .to_owned();
        inbox::Entity::find()
            .filter(inbox::Column::State.eq(inbox::PENDING))
            .filter(due)
            .filter(inbox::Column::Stream.not_in_subquery(waiting))
            .order_by_asc(inbox::Column::Position)
            .limit(BATCH as u64)
            .all(db)
            .await
    }

    /// Forgets handled events past their retention, at most once an hour.
    async fn sweep(&self) -> Result<(), DbErr> {
        let now = self.env.now();
        if !self.retention.is_due(now, Instant::now()) {
            return Ok(());
        }
        let txn = self.subscription.database.begin_private().await?;
        let now = database::clock(&txn, now).await?;
        database::idempotency::purge(&txn, now).await?;
        inbox::Entity::delete_many()
            .filter(inbox::Column::State.eq(inbox::DONE))
            .filter(inbox::Column::ReceivedAt.lt(now - RETENTION))
            .exec(&txn)
            .await?;
        txn.commit().await
    }
}

#[async_trait]
impl Worker for InboxWorker {
    fn name(&self) -> String {
        format!("{} inbox", self.subscription.consumer)
    }

    async fn work(&self) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(self.drain().await? == BATCH)
    }
}

/// Marks events as done; returns the positions of those that were still to be handled, because
/// another instance may have handled some since they were read.
async fn claim(
    txn: &Transaction,
    rows: &[inbox::Model],
    held: SimpleExpr,
) -> Result<HashSet<i64>, DbErr> {
    let positions = rows.iter().map(|row| row.position);
    let claim = Query::update()
        .table(inbox::Entity)
        .value(inbox::Column::State, inbox::DONE)
        .value(inbox::Column::Error, Option::<String>::None)
        .and_where(inbox::Column::Position.is_in(positions))
        .and_where(inbox::Column::State.eq(inbox::PENDING))
        .and_where(held)
        .returning_col(inbox::Column::Position)
        .to_owned();
    let claimed = txn.query_all(&claim).await?;
    let claimed = claimed.iter().map(|row| row.try_get_by_index(0));
    claimed.collect()
}

/// Leaves claimed events for the next transaction.
async fn put_back(txn: &Transaction, positions: impl Iterator<Item = i64>) -> Result<(), DbErr> {
    let positions: Vec<i64> = positions.collect();
    if positions.is_empty() {
        return Ok(());
    }
    inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(inbox::PENDING))
        .filter(inbox::Column::Position.is_in(positions))
        .exec(txn)
        .await?;
    Ok(())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the handler panicked: {}", text.unwrap_or_default())
}
