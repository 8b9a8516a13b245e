//! Moves committed events from a module's outbox to the bus, in order per aggregate.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use chrono::Duration as Span;
use database::{Change, Database, Lease, outbox};
use kernel::{Env, Envelope};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_util::sync::CancellationToken;

use crate::retention::Retention;
use crate::worker::{Worker, run_worker};
use crate::{Bus, BusError, LARGEST_EVENT, retry};

/// The broker confirms a batch by one write to its disk, so many share one.
const BATCH: usize = 1000;
const LEASE: &str = "relay";
/// How many aggregates one batch may find refused before the others wait for the next.
const MOST_REFUSED: usize = 20;
/// Published rows stay this long, for an operator who asks what was sent.
const RETENTION: Span = Span::days(7);

/// Why events were not published.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The outbox cannot be read or written.
    #[error("the outbox: {0}")]
    Storage(#[from] DbErr),
    /// The transport is away, which is no fault of the events.
    #[error("{0}")]
    Transport(#[from] BusError),
}

/// The relay of one module.
#[derive(Clone)]
pub struct Relay {
    module: &'static str,
    database: Database,
    bus: Arc<dyn Bus>,
    env: Env,
    lease: Arc<Lease>,
    retention: Arc<Retention>,
    refused: Arc<Mutex<HashMap<String, Refused>>>,
}

/// An aggregate whose oldest event the bus refused.
#[derive(Clone, Copy)]
struct Refused {
    times: i32,
    until: Instant,
}

impl Relay {
    /// A relay that does nothing until it is run or drained.
    pub fn new(module: &'static str, database: Database, bus: Arc<dyn Bus>, env: Env) -> Self {
        let holder = env.id::<kernel::kind::Event>().uuid();
        Self {
            module,
            lease: Arc::new(Lease::new(database.clone(), LEASE, holder)),
            database,
            bus,
            env,
            retention: Arc::default(),
            refused: Arc::default(),
        }
    }

    /// Publishes until `stop`, then gives its lease back.
    pub async fn run(self, stop: CancellationToken) {
        let commits = self.database.commits(Change::Outbox);
        run_worker(&self, &self.env, commits, &stop).await;
        if let Err(error) = self.lease.release().await {
            tracing::debug!(worker = self.name(), error = %error, "a lease was not released and will run out");
        }
    }

    /// Publishes one batch; returns how many rows it dealt with.
    ///
    /// # Errors
    /// [`RelayError`]; the events stay as they are, and what was published may be published again.
    pub async fn drain(&self) -> Result<usize, RelayError> {
        self.sweep().await?;
        let rows = self.runnable().await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let now = self.env.now();
        let Some(fence) = self.lease.acquire(now).await? else {
            return Ok(0);
        };
        let (good, bad) = decode(rows);
        let (sent, away) = self.send(good).await;
        let txn = self.database.begin_private().await?;
        let dealt = sent.len() + bad.len();
        if dealt == 0 {
            return away.map_or(Ok(0), |error| Err(error.into()));
        }
        let published = outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(outbox::PUBLISHED))
            .filter(outbox::Column::Position.is_in(sent.iter().copied()))
            .filter(outbox::Column::State.eq(outbox::PENDING))
            .filter(self.lease.is_held(fence))
            .exec(&txn)
            .await?;
        if published.rows_affected == 0 && !sent.is_empty() {
            self.lease.doubt();
            return Ok(0);
        }
        for (row, error) in bad {
            self.park(&txn, row.position, fence, &error).await?;
        }
        txn.commit().await?;
        match away {
            Some(error) => Err(error.into()),
            None => Ok(dealt),
        }
    }

    /// Sends a batch, and one that the bus refuses in halves, until what it refuses stands alone and
    /// waits with its aggregate for another try. Returns the positions of what was sent, and why the
    /// rest was not when there is no bus at all.
    async fn send(&self, batch: Vec<Decoded>) -> (Vec<i64>, Option<BusError>) {
        let mut sent = Vec::new();
        let mut refused = HashSet::new();
        let mut batches = vec![batch];
        while let Some(mut batch) = batches.pop() {
            batch.retain(|(row, _)| !refused.contains(&row.stream));
            if batch.is_empty() || refused.len() == MOST_REFUSED {
                continue;
            }
            let envelopes: Vec<Envelope> =
                batch.iter().map(|(_, envelope)| envelope.clone()).collect();
            match self.bus.publish(&envelopes).await {
                Ok(()) => {
                    let mut held = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                    for (row, _) in batch {
                        held.remove(&row.stream);
                        sent.push(row.position);
                    }
                }
                Err(error) if error.away => return (sent, Some(error)),
                Err(error) if batch.len() == 1 => {
                    for (row, envelope) in batch {
                        self.hold(&row, &envelope, &error);
                        refused.insert(row.stream);
                    }
                }
                Err(_) => {
                    let later = batch.split_off(batch.len() / 2);
                    batches.extend([later, batch]);
                }
            }
        }
        (sent, None)
    }

    /// Leaves an aggregate out of the batches for a while.
    fn hold(&self, row: &outbox::Model, envelope: &Envelope, error: &BusError) {
        tracing::warn!(
            module = self.module,
            event.id = %envelope.id,
            event.kind = envelope.kind,
            error = %error,
            "the bus refused an event, which holds back its aggregate; trying again"
        );
        let mut held = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let times = held.get(&row.stream).map_or(1, |before| before.times + 1);
        let until = Instant::now() + retry::pause(&self.env, times);
        held.insert(row.stream.clone(), Refused { times, until });
    }

    /// The aggregates that are left out now.
    fn held(&self) -> Vec<String> {
        let now = Instant::now();
        let held = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = held.iter().filter(|(_, refused)| refused.until > now);
        waiting.map(|(stream, _)| stream.clone()).collect()
    }

    /// The oldest rows that are to be sent and whose stream has nothing older that is parked.
    async fn runnable(&self) -> Result<Vec<outbox::Model>, DbErr> {
        let older = Alias::new("older");
        let waiting = Query::select()
            .expr(Expr::val(1))
            .from_as(outbox::Entity, older.clone())
            .and_where(
                Expr::col((older.clone(), outbox::Column::Stream))
                    .equals((outbox::Entity, outbox::Column::Stream)),
            )
            .and_where(Expr::col((older.clone(), outbox::Column::State)).eq(outbox::PARKED))
            .and_where(
                Expr::col((older, outbox::Column::Position))
                    .lt(Expr::col((outbox::Entity, outbox::Column::Position))),
            )
            .to_owned();
        outbox::Entity::find()
            .filter(outbox::Column::State.eq(outbox::PENDING))
            .filter(Expr::exists(waiting).not())
            .filter(outbox::Column::Stream.is_not_in(self.held()))
            .order_by_asc(outbox::Column::Position)
            .limit(BATCH as u64)
            .all(self.database.read())
            .await
    }

    async fn park(
        &self,
        txn: &database::Transaction,
        position: i64,
        fence: i64,
        error: &str,
    ) -> Result<(), DbErr> {
        tracing::error!(
            module = self.module,
            outbox.position = position,
            error,
            "an event is parked and holds back its aggregate"
        );
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(outbox::PARKED))
            .col_expr(outbox::Column::Error, Expr::value(error))
            .filter(outbox::Column::Position.eq(position))
            .filter(self.lease.is_held(fence))
            .exec(txn)
            .await?;
        Ok(())
    }

    /// Removes published rows past their retention, at most once an hour.
    async fn sweep(&self) -> Result<(), DbErr> {
        let now = self.env.now();
        if !self.retention.is_due(now, Instant::now()) {
            return Ok(());
        }
        let txn = self.database.begin_private().await?;
        let now = database::clock(&txn, now).await?;
        outbox::Entity::delete_many()
            .filter(outbox::Column::State.eq(outbox::PUBLISHED))
            .filter(outbox::Column::CreatedAt.lt(now - RETENTION))
            .exec(&txn)
            .await?;
        txn.commit().await
    }
}

#[async_trait]
impl Worker for Relay {
    fn name(&self) -> String {
        format!("{} relay", self.module)
    }

    async fn work(&self) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(self.drain().await? == BATCH)
    }
}

type Decoded = (outbox::Model, Envelope);
type Broken = (outbox::Model, String);

/// A row that does not decode, or is larger than an event may be, is parked alone; later rows of its
/// stream must not overtake it.
fn decode(rows: Vec<outbox::Model>) -> (Vec<Decoded>, Vec<Broken>) {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    let mut blocked = HashSet::new();
    for row in rows {
        if blocked.contains(&row.stream) {
            continue;
        }
        let bytes = row.envelope.len();
        let envelope = match bytes > LARGEST_EVENT {
            true => Err(format!(
                "it has {bytes} bytes, and an event has {LARGEST_EVENT} at most"
            )),
            false => serde_json::from_str(&row.envelope).map_err(|error| error.to_string()),
        };
        match envelope {
            Ok(envelope) => good.push((row, envelope)),
            Err(error) => {
                blocked.insert(row.stream.clone());
                bad.push((row, error));
            }
        }
    }
    (good, bad)
}
