//! Signing keys.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder, Set};

use crate::entity::signing_key::{ActiveModel, Column, Entity};

/// A signing key whose private part is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedKey {
    pub key_id: String,
    pub sealed_private_key: String,
    pub public_x: String,
}

/// All keys, the newest first.
pub(crate) async fn list(db: &impl ConnectionTrait) -> Result<Vec<SealedKey>, DbErr> {
    let rows = Entity::find()
        .order_by_desc(Column::CreatedAt)
        .all(db)
        .await?;
    let keys = rows.into_iter().map(|row| SealedKey {
        key_id: row.key_id,
        sealed_private_key: row.sealed_private_key,
        public_x: row.public_x,
    });
    Ok(keys.collect())
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    key: &SealedKey,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        key_id: Set(key.key_id.clone()),
        sealed_private_key: Set(key.sealed_private_key.clone()),
        public_x: Set(key.public_x.clone()),
        state: Set("active".to_owned()),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
