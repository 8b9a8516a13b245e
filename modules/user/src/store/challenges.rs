//! Tokens that owe a second factor: each opens one session.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::entity::used_challenge::{ActiveModel, Column, Entity};

/// Whether a token was used.
pub(crate) async fn is_used(db: &impl ConnectionTrait, id: &str) -> Result<bool, DbErr> {
    let found = Entity::find_by_id(id.to_owned()).one(db).await?;
    Ok(found.is_some())
}

/// Notes that a token was used: `true` for exactly one of many tries at once. It must stay on
/// record for as long as it could count, until `expires_at`.
pub(crate) async fn redeem(
    db: &impl ConnectionTrait,
    id: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ActiveModel {
        id: Set(id.to_owned()),
        expires_at: Set(expires_at),
    };
    let keep = OnConflict::column(Column::Id).do_nothing().to_owned();
    let inserted = Entity::insert(row)
        .on_conflict(keep)
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// Deletes those that count no longer at `moment`; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let deleted = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(moment))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
