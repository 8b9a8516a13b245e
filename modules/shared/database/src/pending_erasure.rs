//! Users whose rows are deleted, and whose traces in events and results are removed afterwards, a
//! piece at a time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::UserId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect, Set,
};

use crate::tables::pending_erasure::{ActiveModel, Column, Entity, Model};

/// How many are given at a time.
const LISTED: u64 = 10;

/// An erasure that is not whole yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingErasure {
    /// Who is erased.
    pub user: UserId,
    /// The envelope of the request that is answered when everything is removed, as JSON; nobody waits
    /// without one.
    pub request: Option<String>,
    /// How many records of each kind were removed.
    pub removed: BTreeMap<String, u64>,
    /// When the rows were deleted.
    pub created_at: DateTime<Utc>,
}

/// Keeps an erasure; where one of this user is kept, it gets the request and the counts too.
///
/// # Errors
/// The driver's error, or that the kept counts are no JSON.
pub async fn save(db: &impl ConnectionTrait, mut erasure: PendingErasure) -> Result<(), DbErr> {
    if let Some(kept) = find(db, erasure.user).await? {
        erasure.request = erasure.request.or(kept.request);
        erasure.created_at = kept.created_at;
        add(&mut erasure.removed, &kept.removed);
    }
    let row = ActiveModel {
        user_id: Set(erasure.user.uuid()),
        request: Set(erasure.request),
        removed: Set(to_json(&erasure.removed)?),
        created_at: Set(erasure.created_at),
    };
    let again = OnConflict::column(Column::UserId)
        .update_columns([Column::Request, Column::Removed])
        .to_owned();
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Adds what was removed since; nothing when the erasure is whole meanwhile.
///
/// # Errors
/// The driver's error, or that the kept counts are no JSON.
pub async fn count(
    db: &impl ConnectionTrait,
    user: UserId,
    removed: &BTreeMap<String, u64>,
) -> Result<(), DbErr> {
    let Some(mut kept) = find(db, user).await? else {
        return Ok(());
    };
    add(&mut kept.removed, removed);
    let row = ActiveModel {
        user_id: Set(user.uuid()),
        removed: Set(to_json(&kept.removed)?),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// The oldest erasures that are not whole.
///
/// # Errors
/// The driver's error, or that the kept counts are no JSON.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<PendingErasure>, DbErr> {
    let rows = Entity::find()
        .order_by_asc(Column::CreatedAt)
        .limit(LISTED)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}

/// Ends an erasure and gives it back, once.
///
/// # Errors
/// The driver's error, or that the kept counts are no JSON.
pub async fn take(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<PendingErasure>, DbErr> {
    let found = find(db, user).await?;
    Entity::delete_by_id(user.uuid()).exec(db).await?;
    Ok(found)
}

async fn find(db: &impl ConnectionTrait, user: UserId) -> Result<Option<PendingErasure>, DbErr> {
    let found = Entity::find_by_id(user.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    found.map(record).transpose()
}

fn add(counts: &mut BTreeMap<String, u64>, more: &BTreeMap<String, u64>) {
    for (kind, count) in more {
        *counts.entry(kind.clone()).or_default() += count;
    }
}

fn record(row: Model) -> Result<PendingErasure, DbErr> {
    Ok(PendingErasure {
        user: row.user_id.into(),
        request: row.request,
        removed: serde_json::from_str(&row.removed).map_err(unreadable)?,
        created_at: row.created_at,
    })
}

fn to_json(counts: &BTreeMap<String, u64>) -> Result<String, DbErr> {
    serde_json::to_string(counts).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> DbErr {
    DbErr::Custom(format!("the counts of an erasure are no JSON: {error}"))
}
