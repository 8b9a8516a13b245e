//! Tokens for programs.

use chrono::{DateTime, Utc};
use kernel::{ApiTokenId, Place, UserId};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use uuid::Uuid;

use crate::entity::api_token::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// A token for programs, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiToken {
    pub id: ApiTokenId,
    pub user_id: UserId,
    pub name: String,
    /// Words joined by blanks, never empty.
    pub scopes: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    token: &ApiToken,
    token_hash: &[u8],
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(token.id.uuid()),
        user_id: Set(token.user_id.uuid()),
        name: Set(token.name.clone()),
        token_hash: Set(token_hash.to_vec()),
        scopes: Set(token.scopes.clone()),
        created_at: Set(token.created_at),
        expires_at: Set(token.expires_at),
        last_used_at: Set(token.last_used_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Vec<ApiToken>, Error> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The next tokens of a user by id, which is the oldest first.
pub(crate) async fn page_of(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<ApiToken>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    let rows = database::rows_after::<Model, Uuid>(db, cursor, place).await?;
    Ok(rows.into_iter().map(record).collect())
}

pub(crate) async fn count_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .count(db)
        .await?)
}

/// The unexpired token with this hash.
pub(crate) async fn find_open(
    db: &impl ConnectionTrait,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<ApiToken>, Error> {
    let row = Entity::find()
        .filter(Column::TokenHash.eq(token_hash.to_vec()))
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(record))
}

/// Whose unexpired token `id` is.
pub(crate) fn owner(id: ApiTokenId, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::Id.eq(id.uuid()))
        .and_where(Column::ExpiresAt.gt(now))
        .to_owned()
}

pub(crate) async fn touch(
    db: &impl ConnectionTrait,
    id: ApiTokenId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes all API tokens of a user away; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}

/// Deletes one token of a user; returns it when there was one.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    user: UserId,
    id: ApiTokenId,
) -> Result<Option<ApiToken>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .filter(Column::UserId.eq(user.uuid()))
        .one(db)
        .await?;
    if row.is_some() {
        Entity::delete_by_id(id.uuid()).exec(db).await?;
    }
    Ok(row.map(record))
}

/// Deletes the tokens that ran out before `moment`; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::ExpiresAt.lt(moment)).await?)
}

fn record(row: Model) -> ApiToken {
    ApiToken {
        id: row.id.into(),
        user_id: row.user_id.into(),
        name: row.name,
        scopes: row.scopes,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}
