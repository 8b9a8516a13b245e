//! One holder per background task, however many instances run.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::tables::lease::{Column, Entity};
use crate::{Database, clock};

/// How long a lease lasts without being renewed. Whoever waits for it asks each second, and a
/// stopped holder's locks are free after 5 s, so that its work is taken over within 10 s.
const TERM: Duration = Duration::from_secs(6);
/// A lease that is in use is renewed this long after it was taken.
const RENEWED_AFTER: Duration = Duration::from_secs(2);

/// The right of one instance to do a task, which it keeps as long as it uses it.
#[derive(Debug)]
pub struct Lease {
    database: Database,
    name: &'static str,
    holder: Uuid,
    held: Mutex<Option<Held>>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    fence: i64,
    renew_at: Instant,
}

impl Lease {
    /// The lease `name` of a module, for the instance that `holder` names alone.
    pub fn new(database: Database, name: &'static str, holder: Uuid) -> Self {
        Self {
            database,
            name,
            holder,
            held: Mutex::default(),
        }
    }

    /// Takes the lease, or renews it when that is due; `now` is the time of this process, which
    /// counts on SQLite alone: instances on PostgreSQL go by its clock, because theirs may differ.
    ///
    /// Returns its fencing number, which grows with each change of hands; `None` while another holds it.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn acquire(&self, now: DateTime<Utc>) -> Result<Option<i64>, DbErr> {
        let asked_at = Instant::now();
        if let Some(held) = *self.held()
            && asked_at < held.renew_at
        {
            return Ok(Some(held.fence));
        }
        let fence = self.take(now).await?;
        *self.held() = fence.map(|fence| Held {
            fence,
            renew_at: asked_at + RENEWED_AFTER,
        });
        Ok(fence)
    }

    /// Whoever may not have the lease waits for nobody: a row that does not fit is not locked.
    async fn take(&self, now: DateTime<Utc>) -> Result<Option<i64>, DbErr> {
        let txn = self.database.begin_private().await?;
        let now = clock(&txn, now).await?;
        let ours = || Expr::col(Column::Holder).eq(self.holder);
        let fence =
            Expr::case(ours(), Expr::col(Column::Fence)).finally(Expr::col(Column::Fence).add(1));
        let take = Query::update()
            .table(Entity)
            .value(Column::Fence, fence)
            .value(Column::Holder, self.holder)
            .value(Column::ExpiresAt, now + TERM)
            .and_where(Expr::col(Column::Name).eq(self.name))
            .and_where(ours().or(Expr::col(Column::ExpiresAt).lte(now)))
            .returning_col(Column::Fence)
            .to_owned();
        let mut row = txn.query_one(&take).await?;
        if row.is_none() {
            let first = Query::insert()
                .into_table(Entity)
                .columns([
                    Column::Name,
                    Column::Holder,
                    Column::Fence,
                    Column::ExpiresAt,
                ])
                .values_panic([
                    self.name.into(),
                    self.holder.into(),
                    1_i64.into(),
                    (now + TERM).into(),
                ])
                .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
                .returning_col(Column::Fence)
                .to_owned();
            row = txn.query_one(&first).await?;
        }
        let fence = row.map(|row| row.try_get_by_index(0)).transpose()?;
        txn.commit().await?;
        Ok(fence)
    }

    /// The condition that the lease is still held with this fencing number, for the statement of a
    /// transaction that relies on it: it keeps others from taking the lease until that transaction
    /// ends.
    pub fn is_held(&self, fence: i64) -> SimpleExpr {
        let held = Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::Name)).eq(self.name))
            .and_where(Expr::col((Entity, Column::Holder)).eq(self.holder))
            .and_where(Expr::col((Entity, Column::Fence)).eq(fence))
            .lock_shared()
            .to_owned();
        Expr::exists(held)
    }

    /// The lease may be lost: it is asked for again before it is used.
    pub fn doubt(&self) {
        *self.held() = None;
    }

    /// Gives the lease back, so that another instance need not wait for it to run out.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn release(&self) -> Result<(), DbErr> {
        *self.held() = None;
        let txn = self.database.begin_private().await?;
        Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(DateTime::<Utc>::UNIX_EPOCH))
            .filter(Column::Name.eq(self.name))
            .filter(Column::Holder.eq(self.holder))
            .exec(&txn)
            .await?;
        txn.commit().await
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes every lease away, for a process that knows itself to be the only one.
///
/// # Errors
/// The driver's error.
pub async fn release_all(database: &Database) -> Result<(), DbErr> {
    let txn = database.begin_private().await?;
    Entity::delete_many().exec(&txn).await?;
    txn.commit().await
}
