//! Failed logins.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::entity::login_delay::{ActiveModel, Column, Entity};

/// How often an account's login has failed, and when it may be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delay {
    pub failures: i64,
    pub not_before: DateTime<Utc>,
}

/// Locks the account's row until the transaction ends; makes one without failures when there is
/// none. The update of nothing takes the lock even when another transaction deletes the row.
pub(crate) async fn lock(
    db: &impl ConnectionTrait,
    account_key: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        account_key: Set(account_key.to_owned()),
        failures: Set(0),
        not_before: Set(now),
    };
    let keep = OnConflict::column(Column::AccountKey)
        .value(Column::Failures, Expr::col((Entity, Column::Failures)))
        .to_owned();
    Entity::insert(row)
        .on_conflict(keep)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    account_key: &str,
) -> Result<Option<Delay>, DbErr> {
    let row = Entity::find_by_id(account_key.to_owned()).one(db).await?;
    Ok(row.map(|row| Delay {
        failures: row.failures,
        not_before: row.not_before,
    }))
}

pub(crate) async fn put(
    db: &impl ConnectionTrait,
    account_key: &str,
    delay: &Delay,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        account_key: Set(account_key.to_owned()),
        failures: Set(delay.failures),
        not_before: Set(delay.not_before),
    };
    let replace = OnConflict::column(Column::AccountKey)
        .update_columns([Column::Failures, Column::NotBefore])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes one failure back, and the wait that it has brought: nobody could try while one ran.
pub(crate) async fn forgive(
    db: &impl ConnectionTrait,
    account_key: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::NotBefore, Expr::value(now))
        .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
        .filter(Column::AccountKey.eq(account_key))
        .filter(Column::Failures.gt(0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets the delays that ended before `moment`; returns how many.
pub(crate) async fn forget_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let deleted = Entity::delete_many()
        .filter(Column::NotBefore.lt(moment))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

pub(crate) async fn delete(db: &impl ConnectionTrait, account_key: &str) -> Result<(), DbErr> {
    Entity::delete_by_id(account_key.to_owned())
        .exec(db)
        .await?;
    Ok(())
}
