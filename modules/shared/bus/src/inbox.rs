//! Takes delivered events into the module's own storage and runs its handler on them, once each.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Duration as Span, Utc};
use database::{Database, Transaction, inbox, lease};
use futures::FutureExt;
use kernel::{Ambient, Envelope, Fault, Kind};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Subscription, retry};

const BATCH: u64 = 100;
/// A commit costs more than a small effect, so as many as these share one.
const TOGETHER: usize = 50;
/// Requests wait for the same writer, so a transaction of effects ends after this long.
const SHARE: Duration = Duration::from_millis(5);
const LEASE: &str = "inbox";
const PARK_AFTER: i32 = 5;
const POLL: Duration = Duration::from_secs(1);
/// A handled event is remembered this long, so that a late duplicate is still seen.
const RETENTION: Span = Span::days(30);

/// What a module does about an event. Events share transactions: a handler that passes over an
/// error of the database would leave a broken one to the next, so it must give the error back.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Makes the event's effect with `txn`; the bus commits it together with the mark that it is done.
    ///
    /// # Errors
    /// A [`Verdict`]; then nothing of the effect is kept.
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict>;
}

/// Why an event's effect could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Verdict {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It will never work.
    #[error("{0}")]
    Park(String),
}

impl Verdict {
    /// What `fault` means for the event. A broken part of ours may be mended before the last
    /// attempt, so it retries as one that is away does; what breaks a rule always will, and parks.
    pub fn of(fault: &dyn Fault) -> Self {
        let mut text = fault.to_string();
        let mut cause = fault.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.contains(&said) {
                text = format!("{text}: {said}");
            }
            cause = error.source();
        }
        match fault.kind() {
            Kind::Internal | Kind::Unavailable => Self::Retry(text),
            _ => Self::Park(text),
        }
    }
}

impl From<DbErr> for Verdict {
    fn from(error: DbErr) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<kernel::EventError> for Verdict {
    fn from(error: kernel::EventError) -> Self {
        Self::Park(error.to_string())
    }
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
            available_at: Set(now),
            error: Set(None),
            received_at: Set(now),
            ..Default::default()
        });
    }
    let txn = database.begin().await?;
    inbox::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::column(inbox::Column::EventId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&*txn)
        .await?;
    txn.commit().await
}

/// What became of events that shared a transaction.
enum Attempt {
    /// So many of them had their effect.
    Done(usize),
    /// The one in this place failed, and none had its effect.
    Failed(usize, Verdict),
    /// Another instance has the lease, and will handle them.
    Lost,
}

/// Runs a module's handler over its inbox, in order per aggregate.
#[derive(Clone)]
pub struct InboxWorker {
    subscription: Subscription,
    ambient: Ambient,
    holder: Uuid,
    swept_at: Arc<AtomicI64>,
}

impl InboxWorker {
    /// A worker that does nothing until it is run or drained.
    pub fn new(subscription: Subscription, ambient: Ambient) -> Self {
        let holder = ambient.id::<kernel::kind::Event>().uuid();
        Self {
            subscription,
            ambient,
            holder,
            swept_at: Arc::default(),
        }
    }

    /// Handles events until `stop`, then gives its lease back.
    pub async fn run(self, stop: CancellationToken) {
        let database = self.subscription.database.clone();
        let consumer = self.subscription.consumer;
        let mut commits = database.commits();
        while !stop.is_cancelled() {
            commits.borrow_and_update();
            match self.drain().await {
                Ok(0) => tokio::select! {
                    _ = commits.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.cancelled() => {}
                },
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(consumer, error = %error, "the inbox cannot be read; trying again");
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
        }
        if let Err(error) = lease::release(database.writer(), LEASE, self.holder).await {
            tracing::debug!(consumer, error = %error, "the inbox's lease was not released and will run out");
        }
    }

    /// Handles one batch; returns how many events it tried.
    ///
    /// # Errors
    /// The driver's error; an event in hand is tried again.
    pub async fn drain(&self) -> Result<usize, DbErr> {
        self.sweep().await?;
        let database = &self.subscription.database;
        let mut rows = self.runnable().await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let now = self.ambient.now();
        let term = lease::TERM;
        let Some(fence) = lease::acquire(database.writer(), LEASE, self.holder, now, term).await?
        else {
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
                Attempt::Failed(_, Verdict::Retry(_)) if together > 1 => alone = true,
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
        let txn = self.subscription.database.begin().await?;
        if !lease::holds(&*txn, LEASE, self.holder, fence).await? {
            return Ok(Attempt::Lost);
        }
        let begun = Instant::now();
        let mut done = 0;
        for row in rows {
            if let Err(verdict) = self.handle(&txn, row).await {
                txn.rollback().await?;
                return Ok(Attempt::Failed(done, verdict));
            }
            done += 1;
            if begun.elapsed() > SHARE {
                break;
            }
        }
        txn.commit().await?;
        Ok(Attempt::Done(done))
    }

    async fn handle(&self, txn: &Transaction, row: &inbox::Model) -> Result<(), Verdict> {
        let envelope: Envelope = serde_json::from_str(&row.envelope)
            .map_err(|error| Verdict::Park(format!("the envelope does not decode: {error}")))?;
        let marked = inbox::Entity::update_many()
            .col_expr(inbox::Column::State, Expr::value(inbox::DONE))
            .col_expr(inbox::Column::Error, Expr::value(Option::<String>::None))
            .filter(inbox::Column::Position.eq(row.position))
            .filter(inbox::Column::State.eq(inbox::PENDING))
            .exec(&**txn)
            .await?;
        if marked.rows_affected == 0 {
            return Ok(());
        }
        AssertUnwindSafe(self.subscription.handler.handle(txn, &envelope))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(Verdict::Retry(panic_text(panic.as_ref()))))
    }

    async fn record_failure(&self, row: inbox::Model, verdict: Verdict) -> Result<(), DbErr> {
        let attempts = row.attempts + 1;
        let park = matches!(verdict, Verdict::Park(_)) || attempts >= PARK_AFTER;
        let error = verdict.to_string();
        let consumer = self.subscription.consumer;
        if park {
            tracing::error!(consumer, event.id = %row.event_id, event.kind = row.kind, error, "an event became a dead letter");
        } else {
            tracing::warn!(consumer, event.id = %row.event_id, event.kind = row.kind, attempts, error, "an event's effect failed and is tried again");
        }
        let state = if park { inbox::PARKED } else { inbox::PENDING };
        let due = self.ambient.now() + retry::delay(&self.ambient, attempts);
        inbox::Entity::update_many()
            .col_expr(inbox::Column::State, Expr::value(state))
            .col_expr(inbox::Column::Attempts, Expr::value(attempts))
            .col_expr(inbox::Column::AvailableAt, Expr::value(due))
            .col_expr(inbox::Column::Error, Expr::value(error))
            .filter(inbox::Column::Position.eq(row.position))
            .filter(inbox::Column::State.eq(inbox::PENDING))
            .exec(self.subscription.database.writer())
            .await?;
        Ok(())
    }

    /// The oldest events that are due and whose stream has nothing older that waits for its next try.
    async fn runnable(&self) -> Result<Vec<inbox::Model>, DbErr> {
        let now = self.ambient.now();
        let older = Alias::new("older");
        let waiting = Query::select()
            .expr(Expr::val(1))
            .from_as(inbox::Entity, older.clone())
            .and_where(
                Expr::col((older.clone(), inbox::Column::Stream))
                    .equals((inbox::Entity, inbox::Column::Stream)),
            )
            .and_where(Expr::col((older.clone(), inbox::Column::State)).eq(inbox::PENDING))
            .and_where(
                Expr::col((older.clone(), inbox::Column::Position))
                    .lt(Expr::col((inbox::Entity, inbox::Column::Position))),
            )
            .and_where(Expr::col((older, inbox::Column::AvailableAt)).gt(now))
            .to_owned();
        inbox::Entity::find()
            .filter(inbox::Column::State.eq(inbox::PENDING))
            .filter(inbox::Column::AvailableAt.lte(now))
            .filter(Expr::exists(waiting).not())
            .order_by_asc(inbox::Column::Position)
            .limit(BATCH)
            .all(self.subscription.database.read())
            .await
    }

    /// Forgets handled events past their retention, at most once an hour.
    async fn sweep(&self) -> Result<(), DbErr> {
        let now = self.ambient.now();
        let last = self.swept_at.load(Ordering::Relaxed);
        if now.timestamp() - last < 3600 {
            return Ok(());
        }
        self.swept_at.store(now.timestamp(), Ordering::Relaxed);
        let database = &self.subscription.database;
        database::idempotency::purge(database.writer(), now).await?;
        inbox::Entity::delete_many()
            .filter(inbox::Column::State.eq(inbox::DONE))
            .filter(inbox::Column::ReceivedAt.lt(now - RETENTION))
            .exec(database.writer())
            .await?;
        Ok(())
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the handler panicked: {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use kernel::Stale;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the storage did not answer")]
    struct Broken(#[from] DbErr);

    impl Fault for Broken {
        fn kind(&self) -> Kind {
            Kind::Internal
        }

        fn code(&self) -> &str {
            "storage.failed"
        }
    }

    #[test]
    fn a_broken_storage_retries_and_a_broken_rule_parks() {
        let broken = Broken(DbErr::Custom("the disk is gone".to_owned()));
        let verdict = Verdict::of(&broken);
        assert!(matches!(&verdict, Verdict::Retry(text) if text.contains("the disk is gone")));
        let stale = Stale { current: 2 };
        assert!(matches!(Verdict::of(&stale), Verdict::Park(_)));
    }
}
