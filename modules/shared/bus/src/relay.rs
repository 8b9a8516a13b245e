//! Moves committed events from a module's outbox to the bus, in order per aggregate.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::Duration as Span;
use database::{Database, lease, outbox};
use kernel::{Ambient, Envelope};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Bus, BusError, retry};

/// The broker confirms a batch by one write to its disk, so many share one.
const BATCH: u64 = 1000;
const LEASE: &str = "relay";
/// Wake-ups come with each commit; the poll finds what nobody has told of.
const POLL: Duration = Duration::from_secs(1);
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
    ambient: Ambient,
    holder: Uuid,
    swept_at: Arc<AtomicI64>,
}

impl Relay {
    /// A relay that does nothing until it is run or drained.
    pub fn new(
        module: &'static str,
        database: Database,
        bus: Arc<dyn Bus>,
        ambient: Ambient,
    ) -> Self {
        let holder = ambient.id::<kernel::kind::Event>().uuid();
        Self {
            module,
            database,
            bus,
            ambient,
            holder,
            swept_at: Arc::default(),
        }
    }

    /// Publishes until `stop`, then gives its lease back.
    pub async fn run(self, stop: CancellationToken) {
        let mut commits = self.database.commits();
        let mut failures = 0;
        while !stop.is_cancelled() {
            commits.borrow_and_update();
            match self.drain().await {
                Ok(0) => tokio::select! {
                    _ = commits.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.cancelled() => {}
                },
                Ok(_) => failures = 0,
                Err(error) => {
                    tracing::warn!(module = self.module, error = %error, "events stay in the outbox; trying again");
                    failures += 1;
                    tokio::select! {
                        () = tokio::time::sleep(retry::pause(&self.ambient, failures)) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
        }
        if let Err(error) = lease::release(self.database.writer(), LEASE, self.holder).await {
            tracing::debug!(module = self.module, error = %error, "the relay's lease was not released and will run out");
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
        let term = lease::TERM;
        let now = self.ambient.now();
        let Some(fence) =
            lease::acquire(self.database.writer(), LEASE, self.holder, now, term).await?
        else {
            return Ok(0);
        };
        let (good, bad) = decode(rows);
        let envelopes: Vec<Envelope> = good.iter().map(|(_, envelope)| envelope.clone()).collect();
        self.bus.publish(&envelopes).await?;
        let txn = self.database.begin().await?;
        if !lease::holds(&*txn, LEASE, self.holder, fence).await? {
            return Ok(0);
        }
        let dealt = good.len() + bad.len();
        let positions = good.iter().map(|(row, _)| row.position);
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(outbox::PUBLISHED))
            .filter(outbox::Column::Position.is_in(positions))
            .filter(outbox::Column::State.eq(outbox::PENDING))
            .exec(&*txn)
            .await?;
        for (row, error) in bad {
            self.park(&txn, row.position, &error).await?;
        }
        txn.commit().await?;
        Ok(dealt)
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
            .order_by_asc(outbox::Column::Position)
            .limit(BATCH)
            .all(self.database.read())
            .await
    }

    async fn park(
        &self,
        txn: &database::Transaction,
        position: i64,
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
            .exec(&**txn)
            .await?;
        Ok(())
    }

    /// Removes published rows past their retention, at most once an hour.
    async fn sweep(&self) -> Result<(), DbErr> {
        let now = self.ambient.now();
        let last = self.swept_at.load(Ordering::Relaxed);
        if now.timestamp() - last < 3600 {
            return Ok(());
        }
        self.swept_at.store(now.timestamp(), Ordering::Relaxed);
        outbox::Entity::delete_many()
            .filter(outbox::Column::State.eq(outbox::PUBLISHED))
            .filter(outbox::Column::CreatedAt.lt(now - RETENTION))
            .exec(self.database.writer())
            .await?;
        Ok(())
    }
}

type Decoded = (outbox::Model, Envelope);
type Broken = (outbox::Model, String);

/// A row that does not decode is set aside together with nothing else, but later rows of its
/// stream must not overtake it.
fn decode(rows: Vec<outbox::Model>) -> (Vec<Decoded>, Vec<Broken>) {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    let mut blocked = HashSet::new();
    for row in rows {
        if blocked.contains(&row.stream) {
            continue;
        }
        match serde_json::from_str(&row.envelope) {
            Ok(envelope) => good.push((row, envelope)),
            Err(error) => {
                blocked.insert(row.stream.clone());
                bad.push((row, error.to_string()));
            }
        }
    }
    (good, bad)
}
