//! The refresh tokens of sessions, each with the one that it follows.

use chrono::{DateTime, Utc};
use kernel::SessionId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::entity::refresh_token::{ActiveModel, Column, Entity};
use crate::error::Error;

/// A refresh token that was issued once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub session_id: SessionId,
    pub used_at: Option<DateTime<Utc>>,
}

/// What a refresh token follows, and what made it from that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Descent {
    pub parent_hash: Vec<u8>,
    pub salt: Vec<u8>,
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    hash: &[u8],
    session: SessionId,
    descent: Option<Descent>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (parent_hash, salt) = descent.map(|one| (one.parent_hash, one.salt)).unzip();
    let row = ActiveModel {
        token_hash: Set(hash.to_vec()),
        session_id: Set(session.uuid()),
        parent_hash: Set(parent_hash),
        salt: Set(salt),
        created_at: Set(now),
        used_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, hash: &[u8]) -> Result<Option<Issued>, Error> {
    let row = Entity::find_by_id(hash.to_vec()).one(db).await?;
    Ok(row.map(|row| Issued {
        session_id: row.session_id.into(),
        used_at: row.used_at,
    }))
}

/// The token that followed `parent`: its salt, and whether it was used.
pub(crate) async fn successor(
    db: &impl ConnectionTrait,
    parent: &[u8],
) -> Result<Option<(Vec<u8>, bool)>, Error> {
    let row = Entity::find()
        .filter(Column::ParentHash.eq(parent.to_vec()))
        .one(db)
        .await?;
    Ok(row.and_then(|row| Some((row.salt?, row.used_at.is_some()))))
}

/// The compare-and-swap of a rotation: `true` for exactly one of many tries at once.
pub(crate) async fn mark_used(
    db: &impl ConnectionTrait,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::TokenHash.eq(hash.to_vec()))
        .filter(Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}
