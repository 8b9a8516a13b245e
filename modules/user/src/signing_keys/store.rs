//! The table of signing keys.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use strum::IntoStaticStr;

use crate::entity::signing_key::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// What a key signs. No key signs both, so that neither passes for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum KeyPurpose {
    /// Access tokens and challenges.
    Token,
    /// Credentials, which are verified for as long as people show them.
    Credential,
}

/// A signing key whose private part is sealed, and the times that make its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedKey {
    pub key_id: String,
    pub purpose: KeyPurpose,
    pub sealed_private_key: String,
    pub public_x: String,
    pub created_at: DateTime<Utc>,
    pub activates_at: DateTime<Utc>,
    pub retires_at: Option<DateTime<Utc>>,
    pub removed_at: Option<DateTime<Utc>>,
    /// Counts no longer, whatever a clock says.
    pub revoked: bool,
}

impl SealedKey {
    pub(crate) fn is_removed(&self, now: DateTime<Utc>) -> bool {
        self.revoked || self.removed_at.is_some_and(|moment| moment <= now)
    }
}

/// All keys, the one that signs last comes first.
pub(crate) async fn list(db: &impl ConnectionTrait) -> Result<Vec<SealedKey>, Error> {
    let rows = Entity::find()
        .order_by_desc(Column::ActivatesAt)
        .order_by_desc(Column::KeyId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The keys of a purpose, in the same order.
pub(crate) async fn list_for(
    db: &impl ConnectionTrait,
    purpose: KeyPurpose,
) -> Result<Vec<SealedKey>, Error> {
    let mut keys = list(db).await?;
    keys.retain(|key| key.purpose == purpose);
    Ok(keys)
}

/// The keys of a purpose that still sign or will, locked until the transaction ends.
pub(crate) async fn lock_unretired(
    db: &impl ConnectionTrait,
    purpose: KeyPurpose,
) -> Result<Vec<SealedKey>, Error> {
    let rows = Entity::find()
        .filter(Column::Purpose.eq(<&str>::from(purpose)))
        .filter(Column::RetiresAt.is_null())
        .order_by_desc(Column::ActivatesAt)
        .lock_exclusive()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

pub(crate) async fn insert(db: &impl ConnectionTrait, key: &SealedKey) -> Result<(), Error> {
    let row = ActiveModel {
        key_id: Set(key.key_id.clone()),
        purpose: Set(<&str>::from(key.purpose).to_owned()),
        sealed_private_key: Set(key.sealed_private_key.clone()),
        public_x: Set(key.public_x.clone()),
        created_at: Set(key.created_at),
        activates_at: Set(key.activates_at),
        retires_at: Set(key.retires_at),
        removed_at: Set(key.removed_at),
        revoked: Set(key.revoked),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn set_sealed(
    db: &impl ConnectionTrait,
    key_id: &str,
    sealed_private_key: &str,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::SealedPrivateKey, Expr::value(sealed_private_key))
        .filter(Column::KeyId.eq(key_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Says when a key signs no longer and when it verifies no longer.
pub(crate) async fn retire(
    db: &impl ConnectionTrait,
    key_id: &str,
    retires_at: DateTime<Utc>,
    removed_at: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::RetiresAt, Expr::value(retires_at))
        .col_expr(Column::RemovedAt, Expr::value(removed_at))
        .filter(Column::KeyId.eq(key_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends at once every key that is retired, also where a clock is behind.
pub(crate) async fn revoke_retired(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let retired = || Entity::update_many().filter(Column::RetiresAt.is_not_null());
    retired()
        .col_expr(Column::RemovedAt, Expr::value(now))
        .filter(Column::RemovedAt.gt(now))
        .exec(db)
        .await?;
    retired()
        .col_expr(Column::Revoked, Expr::value(true))
        .exec(db)
        .await?;
    Ok(())
}

fn record(row: Model) -> SealedKey {
    SealedKey {
        purpose: match row.purpose.as_str() {
            "credential" => KeyPurpose::Credential,
            _ => KeyPurpose::Token,
        },
        key_id: row.key_id,
        sealed_private_key: row.sealed_private_key,
        public_x: row.public_x,
        created_at: row.created_at,
        activates_at: row.activates_at,
        retires_at: row.retires_at,
        removed_at: row.removed_at,
        revoked: row.revoked,
    }
}
