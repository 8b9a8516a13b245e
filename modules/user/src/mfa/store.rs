//! The table of used tokens that owe a second factor: each opens one session.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Set};

use crate::entity::used_challenge::{ActiveModel, Column, Entity};
use crate::error::Error;

/// How long one stays on record after it has run out: longer than clocks may differ.
const RECORD: Duration = Duration::minutes(5);

/// Whether a token was used.
pub(crate) async fn is_used(db: &impl ConnectionTrait, id: &str) -> Result<bool, Error> {
    let found = Entity::find_by_id(id.to_owned()).one(db).await?;
    Ok(found.is_some())
}

/// Notes that a token was used: `true` for exactly one of many tries at once. It must stay on
/// record for as long as it could count, until `expires_at`.
pub(crate) async fn redeem(
    db: &impl ConnectionTrait,
    id: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool, Error> {
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

/// Deletes those that count no longer at `now`; returns how many.
pub(crate) async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::ExpiresAt.lt(now - RECORD)).await?)
}
