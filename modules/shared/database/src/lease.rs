//! One holder per background task, however many instances run.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::tables::lease::{ActiveModel, Column, Entity};

/// How long a lease lasts without being renewed: what a killed holder costs the next one.
pub const TERM: Duration = Duration::seconds(10);

/// Takes or renews the lease `name` for `holder`.
///
/// Returns its fencing number, which grows with each change of hands; `None` while another holds it.
///
/// # Errors
/// The driver's error.
pub async fn acquire(
    db: &impl ConnectionTrait,
    name: &str,
    holder: Uuid,
    now: DateTime<Utc>,
    term: Duration,
) -> Result<Option<i64>, DbErr> {
    let first = ActiveModel {
        name: Set(name.to_owned()),
        holder: Set(holder),
        fence: Set(0),
        expires_at: Set(DateTime::UNIX_EPOCH),
    };
    Entity::insert(first)
        .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    let taken = Entity::update_many()
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .col_expr(Column::Holder, Expr::value(holder))
        .col_expr(Column::ExpiresAt, Expr::value(now + term))
        .filter(Column::Name.eq(name))
        .filter(Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    if taken.rows_affected == 0 {
        Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(now + term))
            .filter(Column::Name.eq(name))
            .filter(Column::Holder.eq(holder))
            .exec(db)
            .await?;
    }
    let row = Entity::find_by_id(name.to_owned()).one(db).await?;
    Ok(row
        .filter(|lease| lease.holder == holder && lease.expires_at > now)
        .map(|lease| lease.fence))
}

/// Whether `holder` still has the lease with this fencing number; asked inside the transaction that
/// relies on it, it keeps others from taking the lease until that transaction ends.
///
/// # Errors
/// The driver's error.
pub async fn holds(
    db: &impl ConnectionTrait,
    name: &str,
    holder: Uuid,
    fence: i64,
) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(name.to_owned())
        .lock_shared()
        .one(db)
        .await?;
    Ok(row.is_some_and(|lease| lease.holder == holder && lease.fence == fence))
}

/// Gives the lease back, so that another instance need not wait for it to run out.
///
/// # Errors
/// The driver's error.
pub async fn release(db: &impl ConnectionTrait, name: &str, holder: Uuid) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(DateTime::UNIX_EPOCH))
        .filter(Column::Name.eq(name))
        .filter(Column::Holder.eq(holder))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes every lease away, for a process that knows itself to be the only one.
///
/// # Errors
/// The driver's error.
pub async fn release_all(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    Entity::delete_many().exec(db).await?;
    Ok(())
}
