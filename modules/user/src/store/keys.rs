//! Signing keys.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::entity::signing_key::{ActiveModel, Column, Entity, Model};

/// A signing key whose private part is sealed, and the times that make its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedKey {
    pub key_id: String,
    pub sealed_private_key: String,
    pub public_x: String,
    pub created_at: DateTime<Utc>,
    pub activates_at: DateTime<Utc>,
    pub retires_at: Option<DateTime<Utc>>,
    pub removed_at: Option<DateTime<Utc>>,
}

/// All keys, the one that signs last comes first.
pub(crate) async fn list(db: &impl ConnectionTrait) -> Result<Vec<SealedKey>, DbErr> {
    let rows = Entity::find()
        .order_by_desc(Column::ActivatesAt)
        .order_by_desc(Column::KeyId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The keys that still sign or will, locked until the transaction ends.
pub(crate) async fn lock_unretired(db: &impl ConnectionTrait) -> Result<Vec<SealedKey>, DbErr> {
    let rows = Entity::find()
        .filter(Column::RetiresAt.is_null())
        .order_by_desc(Column::ActivatesAt)
        .lock_exclusive()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

pub(crate) async fn insert(db: &impl ConnectionTrait, key: &SealedKey) -> Result<(), DbErr> {
    let row = ActiveModel {
        key_id: Set(key.key_id.clone()),
        sealed_private_key: Set(key.sealed_private_key.clone()),
        public_x: Set(key.public_x.clone()),
        created_at: Set(key.created_at),
        activates_at: Set(key.activates_at),
        retires_at: Set(key.retires_at),
        removed_at: Set(key.removed_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Says when a key signs no longer and when it verifies no longer.
pub(crate) async fn retire(
    db: &impl ConnectionTrait,
    key_id: &str,
    retires_at: DateTime<Utc>,
    removed_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RetiresAt, Expr::value(retires_at))
        .col_expr(Column::RemovedAt, Expr::value(removed_at))
        .filter(Column::KeyId.eq(key_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends at once whatever was to verify after `now`, but for the keys that are not retired.
pub(crate) async fn remove_retired(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RemovedAt, Expr::value(now))
        .filter(Column::RetiresAt.is_not_null())
        .filter(Column::RemovedAt.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

fn record(row: Model) -> SealedKey {
    SealedKey {
        key_id: row.key_id,
        sealed_private_key: row.sealed_private_key,
        public_x: row.public_x,
        created_at: row.created_at,
        activates_at: row.activates_at,
        retires_at: row.retires_at,
        removed_at: row.removed_at,
    }
}
