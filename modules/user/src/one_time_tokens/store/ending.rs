//! How one-time tokens end: used up, replaced, taken back, deleted.

use chrono::{DateTime, Utc};
use kernel::{OneTimeTokenId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use crate::domain::Purpose;
use crate::entity::one_time_token::{Column, Entity};
use crate::error::Error;

/// Uses a token up: `true` for exactly one of many tries at once.
pub(crate) async fn redeem(
    db: &impl ConnectionTrait,
    id: OneTimeTokenId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Ends the open tokens of one purpose for an address, so that only the newest counts; only those
/// of `user`, and those that `requested_by` sent, when one is named.
pub(crate) async fn supersede(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    user: Option<UserId>,
    requested_by: Option<UserId>,
    email: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let theirs = user.map(|user| Column::UserId.eq(user.uuid()));
    let sent = requested_by.map(|sender| Column::RequestedBy.eq(sender.uuid()));
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(now))
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Email.eq(email))
        .filter(Condition::all().add_option(theirs).add_option(sent))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends the open tokens of a user for one purpose; only those made since `since`, when it is given.
pub(crate) async fn end_of(
    db: &impl ConnectionTrait,
    user: UserId,
    purpose: Purpose,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let newer = since.map(|since| Column::CreatedAt.gte(since));
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(now))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Purpose.eq(purpose))
        .filter(Condition::all().add_option(newer))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends an open token: `true` when it was open until now.
pub(crate) async fn end(
    db: &impl ConnectionTrait,
    id: OneTimeTokenId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let ended = Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Deletes the tokens of a user and those for their address, as some went there before there was
/// an account; returns how many.
pub(crate) async fn delete_of(
    db: &impl ConnectionTrait,
    user: UserId,
    email: &str,
) -> Result<u64, Error> {
    let theirs = Condition::any()
        .add(Column::UserId.eq(user.uuid()))
        .add(Column::Email.eq(email));
    Ok(database::delete_where::<Entity>(db, theirs).await?)
}

/// Deletes the tokens that ran out before `moment`; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::ExpiresAt.lt(moment)).await?)
}
