//! Authenticators and recovery codes.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::entity::{recovery_code, totp};

/// A person's authenticator, its secret sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authenticator {
    pub user_id: UserId,
    pub sealed_secret: String,
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// The authenticator of a person, confirmed or still to be.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Authenticator>, DbErr> {
    let row = totp::Entity::find_by_id(user.uuid()).one(db).await?;
    Ok(row.map(|row| Authenticator {
        user_id: row.user_id.into(),
        sealed_secret: row.sealed_secret,
        confirmed_at: row.confirmed_at,
    }))
}

/// Whether a second factor is asked of a person.
pub(crate) async fn is_confirmed(db: &impl ConnectionTrait, user: UserId) -> Result<bool, DbErr> {
    let found = find(db, user).await?;
    Ok(found.is_some_and(|found| found.confirmed_at.is_some()))
}

/// Puts an authenticator that is still to be confirmed in the place of an unconfirmed one.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    user: UserId,
    sealed_secret: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = totp::ActiveModel {
        user_id: Set(user.uuid()),
        sealed_secret: Set(sealed_secret.to_owned()),
        created_at: Set(now),
        confirmed_at: Set(None),
        last_step: Set(0),
    };
    let replace = OnConflict::column(totp::Column::UserId)
        .update_columns([
            totp::Column::SealedSecret,
            totp::Column::CreatedAt,
            totp::Column::ConfirmedAt,
            totp::Column::LastStep,
        ])
        .to_owned();
    totp::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn confirm(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    totp::Entity::update_many()
        .col_expr(totp::Column::ConfirmedAt, Expr::value(now))
        .filter(totp::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes that the code of a time step was used: `true` once, and never again for it or an older one.
pub(crate) async fn use_step(
    db: &impl ConnectionTrait,
    user: UserId,
    step: i64,
) -> Result<bool, DbErr> {
    let used = totp::Entity::update_many()
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::UserId.eq(user.uuid()))
        .filter(totp::Column::LastStep.lt(step))
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Takes the authenticator and all recovery codes away; returns whether there was one.
pub(crate) async fn delete(db: &impl ConnectionTrait, user: UserId) -> Result<bool, DbErr> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    let deleted = totp::Entity::delete_by_id(user.uuid()).exec(db).await?;
    Ok(deleted.rows_affected == 1)
}

/// Takes away an authenticator that was set up since `moment`, and codes that were made since then.
pub(crate) async fn delete_since(
    db: &impl ConnectionTrait,
    user: UserId,
    moment: DateTime<Utc>,
) -> Result<(), DbErr> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::CreatedAt.gte(moment))
        .exec(db)
        .await?;
    totp::Entity::delete_many()
        .filter(totp::Column::UserId.eq(user.uuid()))
        .filter(totp::Column::CreatedAt.gte(moment))
        .exec(db)
        .await?;
    Ok(())
}

/// Puts new recovery codes in the place of all older ones.
pub(crate) async fn replace_codes(
    db: &impl ConnectionTrait,
    user: UserId,
    hashes: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
        code_hash: Set(hash.clone()),
        user_id: Set(user.uuid()),
        created_at: Set(now),
        used_at: Set(None),
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Uses a recovery code up: `true` for exactly one of many tries at once.
pub(crate) async fn redeem_code(
    db: &impl ConnectionTrait,
    user: UserId,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let used = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(now))
        .filter(recovery_code::Column::CodeHash.eq(hash.to_vec()))
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// How many recovery codes a person has left.
pub(crate) async fn count_codes(db: &impl ConnectionTrait, user: UserId) -> Result<u64, DbErr> {
    recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(db)
        .await
}
