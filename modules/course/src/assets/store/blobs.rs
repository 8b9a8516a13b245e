//! The content of assets: which of it is kept, and who names it. Foreign keys keep the row of content that a draft or
//! a version names from being deleted.
//!
//! Content is deleted in three steps, because the store may respond slowly: its row is marked as going, the content is
//! deleted, and then the row. Whoever names content locks its row before, and is refused while it is marked.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::CourseId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Set,
};

use crate::entity::blob::{ActiveModel, Column, Entity};
use crate::entity::{asset, version_asset};
use crate::error::Error;

/// After so long, whoever marked a row has ended without deleting it.
const BROKEN_OFF: TimeDelta = TimeDelta::minutes(10);

/// That nobody is just deleting the content.
fn staying(now: DateTime<Utc>) -> Condition {
    let going_since = || Expr::col((Entity, Column::GoingSince));
    Condition::any()
        .add(going_since().is_null())
        .add(going_since().lt(now - BROKEN_OFF))
}

/// Whether any content is being deleted.
#[cfg(test)]
pub(crate) async fn is_any_going(db: &impl ConnectionTrait) -> Result<bool, Error> {
    let going = Entity::find().filter(Column::GoingSince.is_not_null());
    Ok(going.one(db).await?.is_some())
}

/// Notes that content is about to be stored, and locks its row until the commit.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    sha256: &str,
    bytes: i32,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        sha256: Set(sha256.to_owned()),
        bytes: Set(bytes),
        stored_at: Set(now),
        going_since: Set(None),
    };
    let change = OnConflict::column(Column::Sha256)
        .update_columns([Column::StoredAt, Column::GoingSince])
        .action_cond_where(staying(now))
        .to_owned();
    let noted = Entity::insert(row)
        .on_conflict(change)
        .exec_without_returning(db);
    match noted.await {
        Ok(0) | Err(DbErr::RecordNotInserted) => Err(Error::AssetGoing),
        done => Ok(done.map(|_| ())?),
    }
}

/// Locks the row of content that is named elsewhere until the commit, so that nobody deletes it before it is named
/// once more. What a deletion that broke off has marked may be gone from the store.
pub(crate) async fn hold(
    db: &impl ConnectionTrait,
    sha256: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let held = Entity::update_many()
        .col_expr(Column::StoredAt, Expr::value(now))
        .filter(Column::Sha256.eq(sha256))
        .filter(Column::GoingSince.is_null())
        .exec(db)
        .await?;
    match held.rows_affected {
        0 => Err(Error::AssetGoing),
        _ => Ok(()),
    }
}

/// How many bytes a course keeps: each content once, be it of the draft without the asset `except` or of any version.
pub(crate) async fn bytes_of_course(
    db: &impl ConnectionTrait,
    course: CourseId,
    except: &str,
) -> Result<u64, Error> {
    let draft = asset::Entity::find()
        .select_only()
        .column(asset::Column::Sha256)
        .filter(asset::Column::CourseId.eq(course.uuid()))
        .filter(asset::Column::NameKey.ne(except))
        .into_query();
    let versions = version_asset::Entity::find()
        .select_only()
        .column(version_asset::Column::Sha256)
        .filter(version_asset::Column::CourseId.eq(course.uuid()))
        .into_query();
    let named = Condition::any()
        .add(Column::Sha256.in_subquery(draft))
        .add(Column::Sha256.in_subquery(versions));
    let bytes: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::Bytes.sum(), "bytes")
        .filter(named)
        .into_tuple()
        .one(db)
        .await?;
    Ok(u64::try_from(bytes.flatten().unwrap_or(0)).unwrap_or(0))
}

/// Whether a course keeps this content already, in its draft without the asset `except` or in a version.
pub(crate) async fn is_of_course(
    db: &impl ConnectionTrait,
    course: CourseId,
    sha256: &str,
    except: &str,
) -> Result<bool, Error> {
    let draft = asset::Entity::find()
        .filter(asset::Column::CourseId.eq(course.uuid()))
        .filter(asset::Column::NameKey.ne(except))
        .filter(asset::Column::Sha256.eq(sha256));
    if draft.one(db).await?.is_some() {
        return Ok(true);
    }
    let versions = version_asset::Entity::find()
        .filter(version_asset::Column::CourseId.eq(course.uuid()))
        .filter(version_asset::Column::Sha256.eq(sha256));
    Ok(versions.one(db).await?.is_some())
}

/// That no draft and no version names the content.
fn unnamed() -> Condition {
    let this = || (Entity, Column::Sha256);
    let draft = asset::Column::Sha256.into_expr().equals(this());
    let draft = asset::Entity::find().filter(draft).into_query();
    let version = version_asset::Column::Sha256.into_expr().equals(this());
    let version = version_asset::Entity::find().filter(version).into_query();
    Condition::all()
        .add(Expr::exists(draft).not())
        .add(Expr::exists(version).not())
}

/// Some of the content that nobody names and nobody has begun to store since `before`.
pub(crate) async fn list_unnamed(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let found = Entity::find()
        .select_only()
        .column(Column::Sha256)
        .filter(Column::StoredAt.lt(before))
        .filter(unnamed())
        .order_by_asc(Column::StoredAt)
        .limit(100)
        .into_tuple();
    Ok(found.all(db).await?)
}

/// Marks content that still nobody names as going, unless somebody else just deletes it; whether it did.
pub(crate) async fn mark_going(
    db: &impl ConnectionTrait,
    sha256: &str,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let marked = Entity::update_many()
        .col_expr(Column::GoingSince, Expr::value(now))
        .filter(Column::Sha256.eq(sha256))
        .filter(Column::StoredAt.lt(before))
        .filter(staying(now))
        .filter(unnamed())
        .exec(db)
        .await?;
    Ok(marked.rows_affected > 0)
}

/// Deletes the row of content that was marked as going, and is not in the store any more.
pub(crate) async fn delete_going(db: &impl ConnectionTrait, sha256: &str) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::Sha256.eq(sha256))
        .filter(Column::GoingSince.is_not_null())
        .exec(db)
        .await?;
    Ok(())
}
