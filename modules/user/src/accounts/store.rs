//! The table of the token that makes the first administrator.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use crate::entity::setup_token::{ActiveModel, Entity};
use crate::error::Error;

/// Puts a new token in the place of any older one.
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::delete_many().exec(db).await?;
    let row = ActiveModel {
        token_hash: Set(hash.to_vec()),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Whether a token counts, without using it up.
pub(crate) async fn exists(db: &impl ConnectionTrait, hash: &[u8]) -> Result<bool, Error> {
    let found = Entity::find_by_id(hash.to_vec()).one(db).await?;
    Ok(found.is_some())
}

/// Uses a token up; returns whether it counted.
pub(crate) async fn redeem(db: &impl ConnectionTrait, hash: &[u8]) -> Result<bool, Error> {
    let deleted = Entity::delete_by_id(hash.to_vec()).exec(db).await?;
    Ok(deleted.rows_affected == 1)
}
