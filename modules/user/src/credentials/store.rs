//! Failed logins.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::entity::login_delay::{ActiveModel, Column, Entity};
use crate::error::Error;

/// How often a lane has failed, and when it may be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delay {
    pub failures: i64,
    pub not_before: DateTime<Utc>,
}

/// Locks the lane's row until the transaction ends and gives what it holds; makes one without
/// failures when there is none. The update of nothing takes the lock even when another transaction
/// deletes the row.
pub(crate) async fn lock(
    db: &impl ConnectionTrait,
    lane: &str,
    now: DateTime<Utc>,
) -> Result<Delay, Error> {
    let none = Delay {
        failures: 0,
        not_before: now,
    };
    let keep = OnConflict::column(Column::AccountKey)
        .value(Column::Failures, Expr::col((Entity, Column::Failures)))
        .to_owned();
    Entity::insert(row(lane, &none))
        .on_conflict(keep)
        .exec_without_returning(db)
        .await?;
    Ok(find(db, lane).await?.unwrap_or(none))
}

pub(crate) async fn find(db: &impl ConnectionTrait, lane: &str) -> Result<Option<Delay>, Error> {
    let row = Entity::find_by_id(lane.to_owned()).one(db).await?;
    Ok(row.map(|row| Delay {
        failures: row.failures,
        not_before: row.not_before,
    }))
}

pub(crate) async fn put(db: &impl ConnectionTrait, lane: &str, delay: &Delay) -> Result<(), Error> {
    let replace = OnConflict::column(Column::AccountKey)
        .update_columns([Column::Failures, Column::NotBefore])
        .to_owned();
    Entity::insert(row(lane, delay))
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes one failure back, and the wait that it has brought unless somebody else has failed since.
pub(crate) async fn take_back(
    db: &impl ConnectionTrait,
    lane: &str,
    before: &Delay,
    after: &Delay,
) -> Result<(), Error> {
    let untouched = Condition::all()
        .add(Column::AccountKey.eq(lane))
        .add(Column::Failures.eq(after.failures))
        .add(Column::NotBefore.eq(after.not_before));
    let taken = match before.failures {
        0 => {
            let delete = Entity::delete_many().filter(untouched);
            delete.exec(db).await?.rows_affected
        }
        failures => {
            let update = Entity::update_many()
                .col_expr(Column::NotBefore, Expr::value(before.not_before))
                .col_expr(Column::Failures, Expr::value(failures))
                .filter(untouched);
            update.exec(db).await?.rows_affected
        }
    };
    if taken == 1 {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
        .filter(Column::AccountKey.eq(lane))
        .filter(Column::Failures.gt(0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets the delays that ended before `moment`; returns how many.
pub(crate) async fn forget_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::NotBefore.lt(moment)).await?)
}

pub(crate) async fn delete(db: &impl ConnectionTrait, lane: &str) -> Result<(), Error> {
    Entity::delete_by_id(lane.to_owned()).exec(db).await?;
    Ok(())
}

/// Forgets every lane whose key begins with `prefix`, which holds no wildcard of SQL.
pub(crate) async fn delete_all(db: &impl ConnectionTrait, prefix: &str) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::AccountKey.starts_with(prefix))
        .exec(db)
        .await?;
    Ok(())
}

fn row(lane: &str, delay: &Delay) -> ActiveModel {
    ActiveModel {
        account_key: Set(lane.to_owned()),
        failures: Set(delay.failures),
        not_before: Set(delay.not_before),
    }
}
