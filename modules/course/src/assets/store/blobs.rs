//! The content of assets: which of it is kept, and who names it. Foreign keys keep the row of content that a draft or
//! a version names from being deleted.
//!
//! Content is deleted in three steps, because the store may respond slowly: its row is marked as going, the content is
//! deleted, and then the row. Whoever names content locks its row before, and is refused while it is marked. A request
//! that stores content counts itself in its row before and takes itself off when it has ended, so that what nobody
//! names then can go at once.

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

/// Notes that a request is about to store content.
pub(crate) async fn begin(
    db: &impl ConnectionTrait,
    sha256: &str,
    bytes: i32,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    put(db, (sha256, bytes), 1, now).await
}

/// Notes that content is stored, and locks its row until the commit.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    sha256: &str,
    bytes: i32,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    put(db, (sha256, bytes), 0, now).await
}

async fn put(
    db: &impl ConnectionTrait,
    (sha256, bytes): (&str, i32),
    begun: i32,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        sha256: Set(sha256.to_owned()),
        bytes: Set(bytes),
        stored_at: Set(now),
        pending: Set(begun),
        going_since: Set(None),
    };
    let pending = Expr::col((Entity, Column::Pending)).add(begun);
    let change = OnConflict::column(Column::Sha256)
        .update_columns([Column::StoredAt, Column::GoingSince])
        .value(Column::Pending, pending)
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

/// Takes a request that has ended off the content that it has stored.
pub(crate) async fn end(db: &impl ConnectionTrait, sha256: &str) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Pending, Expr::col(Column::Pending).sub(1))
        .filter(Column::Sha256.eq(sha256))
        .filter(Column::Pending.gt(0))
        .exec(db)
        .await?;
    Ok(())
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

/// That nobody names the content, and no request may still name it: none counts itself, or since `before`, when those
/// that do have ended without taking themselves off.
fn unused(before: DateTime<Utc>) -> Condition {
    let ended = Condition::any()
        .add(Column::Pending.eq(0))
        .add(Column::StoredAt.lt(before));
    unnamed().add(ended)
}

/// Some of the content that nobody uses.
pub(crate) async fn list_unused(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let found = Entity::find()
        .select_only()
        .column(Column::Sha256)
        .filter(unused(before))
        .order_by_asc(Column::StoredAt)
        .limit(100)
        .into_tuple();
    Ok(found.all(db).await?)
}

/// Which of these contents nobody uses.
pub(crate) async fn unused_of(
    db: &impl ConnectionTrait,
    contents: &[String],
    before: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let found = Entity::find()
        .select_only()
        .column(Column::Sha256)
        .filter(Column::Sha256.is_in(contents))
        .filter(unused(before))
        .into_tuple();
    Ok(found.all(db).await?)
}

/// Marks content that still nobody uses as going, unless somebody else just deletes it; whether it did.
pub(crate) async fn mark_going(
    db: &impl ConnectionTrait,
    sha256: &str,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    // Whoever names it holds the row until their commit. PostgreSQL sees what was committed while it waited only in the
    // next statement.
    let held = Entity::find_by_id(sha256).lock_exclusive();
    held.one(db).await?;
    let marked = Entity::update_many()
        .col_expr(Column::GoingSince, Expr::value(now))
        .filter(Column::Sha256.eq(sha256))
        .filter(staying(now))
        .filter(unused(before))
        .exec(db)
        .await?;
    Ok(marked.rows_affected > 0)
}

/// Whether content is still going by the mark of `since`, and nobody has taken the deletion over.
pub(crate) async fn is_going(
    db: &impl ConnectionTrait,
    sha256: &str,
    since: DateTime<Utc>,
) -> Result<bool, Error> {
    let going = Entity::find_by_id(sha256).filter(Column::GoingSince.eq(since));
    Ok(going.one(db).await?.is_some())
}

/// Deletes the row of content that was marked as going at `since`, and is not in the store any more.
pub(crate) async fn delete_going(
    db: &impl ConnectionTrait,
    sha256: &str,
    since: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::Sha256.eq(sha256))
        .filter(Column::GoingSince.eq(since))
        .exec(db)
        .await?;
    Ok(())
}
