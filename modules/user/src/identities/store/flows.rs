//! Sign-ins at other providers that are on their way.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Set};

use crate::entity::provider_flow::{ActiveModel, Column, Entity};
use crate::error::Error;

/// A sign-in that is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    pub provider: String,
    /// Who links the identity to their account; nobody signs in yet.
    pub user_id: Option<UserId>,
    pub nonce: String,
    pub sealed_verifier: String,
    pub return_to: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    state_hash: &[u8],
    flow: &Flow,
) -> Result<(), Error> {
    let row = ActiveModel {
        state_hash: Set(state_hash.to_vec()),
        provider: Set(flow.provider.clone()),
        user_id: Set(flow.user_id.map(kernel::Id::uuid)),
        nonce: Set(flow.nonce.clone()),
        sealed_verifier: Set(flow.sealed_verifier.clone()),
        return_to: Set(flow.return_to.clone()),
        created_at: Set(flow.created_at),
        expires_at: Set(flow.expires_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Takes a sign-in out: it comes to exactly one of many tries at once.
pub(crate) async fn take(
    db: &impl ConnectionTrait,
    state_hash: &[u8],
) -> Result<Option<Flow>, Error> {
    let row = Entity::find_by_id(state_hash.to_vec()).one(db).await?;
    let deleted = Entity::delete_by_id(state_hash.to_vec()).exec(db).await?;
    let row = row.filter(|_| deleted.rows_affected == 1);
    Ok(row.map(|row| Flow {
        provider: row.provider,
        user_id: row.user_id.map(Into::into),
        nonce: row.nonce,
        sealed_verifier: row.sealed_verifier,
        return_to: row.return_to,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// Deletes the sign-ins that were to link an identity to a user's account; returns how many.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}

/// Deletes the sign-ins that ran out before `moment`; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::ExpiresAt.lt(moment)).await?)
}
