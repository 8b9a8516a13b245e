//! The tables of authenticators and recovery codes.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Set,
};

use crate::entity::{recovery_code, totp};
use crate::error::Error;

/// A user's authenticator, its secret sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authenticator {
    pub user_id: UserId,
    pub sealed_secret: String,
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// The authenticator of a user, confirmed or still to be.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Authenticator>, Error> {
    let row = totp::Entity::find_by_id(user.uuid()).one(db).await?;
    Ok(row.map(Authenticator::from))
}

pub(crate) async fn delete_unconfirmed(db: &impl ConnectionTrait) -> Result<(), Error> {
    let unconfirmed = totp::Column::ConfirmedAt.is_null();
    database::delete_where::<totp::Entity>(db, unconfirmed).await?;
    Ok(())
}

/// The authenticators of all users, locked until the transaction ends.
pub(crate) async fn lock_all(db: &impl ConnectionTrait) -> Result<Vec<Authenticator>, Error> {
    let rows = totp::Entity::find().lock_exclusive().all(db).await?;
    Ok(rows.into_iter().map(Authenticator::from).collect())
}

pub(crate) async fn set_sealed(
    db: &impl ConnectionTrait,
    user: UserId,
    sealed_secret: &str,
) -> Result<(), Error> {
    totp::Entity::update_many()
        .col_expr(totp::Column::SealedSecret, Expr::value(sealed_secret))
        .filter(totp::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether a second factor is required of a user.
pub(crate) async fn is_confirmed(db: &impl ConnectionTrait, user: UserId) -> Result<bool, Error> {
    let found = find(db, user).await?;
    Ok(found.is_some_and(|found| found.confirmed_at.is_some()))
}

/// Puts an authenticator that is still to be confirmed in the place of an unconfirmed one.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    user: UserId,
    sealed_secret: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
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
) -> Result<(), Error> {
    totp::Entity::update_many()
        .col_expr(totp::Column::ConfirmedAt, Expr::value(now))
        .filter(totp::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// No clock that is right is so many steps of 30 s behind one that was.
const AHEAD: i64 = 10;

/// Notes that the code of a time step was used: `true` once, and never again for it or an older one.
pub(crate) async fn use_step(
    db: &impl ConnectionTrait,
    user: UserId,
    step: i64,
) -> Result<bool, Error> {
    let used = totp::Entity::update_many()
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::UserId.eq(user.uuid()))
        .filter(
            // A clock that was ahead when the last code was used must not refuse those of today.
            Condition::any()
                .add(totp::Column::LastStep.lt(step))
                .add(totp::Column::LastStep.gt(step + AHEAD)),
        )
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Takes away an authenticator that was begun or confirmed since `moment`, and codes that were made
/// since then; all of it without a moment.
pub(crate) async fn delete_since(
    db: &impl ConnectionTrait,
    user: UserId,
    moment: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    let newer = moment.map(|moment| recovery_code::Column::CreatedAt.gte(moment));
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(Condition::all().add_option(newer))
        .exec(db)
        .await?;
    let newer = moment.map(|moment| {
        Condition::any()
            .add(totp::Column::CreatedAt.gte(moment))
            .add(totp::Column::ConfirmedAt.gte(moment))
            .add(totp::Column::ConfirmedAt.is_null())
    });
    totp::Entity::delete_many()
        .filter(totp::Column::UserId.eq(user.uuid()))
        .filter(Condition::all().add_option(newer))
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
) -> Result<(), Error> {
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
) -> Result<bool, Error> {
    let used = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(now))
        .filter(recovery_code::Column::CodeHash.eq(hash.to_vec()))
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// How many recovery codes a user has, used or not.
pub(crate) async fn count_codes_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let codes = recovery_code::Entity::find();
    let theirs = codes.filter(recovery_code::Column::UserId.eq(user.uuid()));
    Ok(theirs.count(db).await?)
}

/// Deletes the authenticator and the recovery codes of a user; returns how many of each.
pub(crate) async fn delete_of(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<(u64, u64), Error> {
    let authenticators = totp::Entity::delete_by_id(user.uuid()).exec(db).await?;
    let codes = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok((authenticators.rows_affected, codes.rows_affected))
}

/// How many recovery codes a user has left.
pub(crate) async fn count_codes(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(db)
        .await?)
}

impl From<totp::Model> for Authenticator {
    fn from(row: totp::Model) -> Self {
        Self {
            user_id: row.user_id.into(),
            sealed_secret: row.sealed_secret,
            confirmed_at: row.confirmed_at,
        }
    }
}
