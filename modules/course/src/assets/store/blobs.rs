//! The content of assets: which of it is kept, and who names it. The database itself lets no content go that a draft
//! or a version names.

use chrono::{DateTime, Utc};
use kernel::CourseId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Set,
};

use crate::entity::blob::{ActiveModel, Column, Entity};
use crate::entity::{asset, version_asset};
use crate::error::Error;

/// Notes that content is about to be stored.
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
    };
    let change = OnConflict::column(Column::Sha256)
        .update_column(Column::StoredAt)
        .to_owned();
    Entity::insert(row)
        .on_conflict(change)
        .exec_without_returning(db)
        .await?;
    Ok(())
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

/// Lets go of content that still nobody names, and holds its place until the commit; whether it did.
pub(crate) async fn delete_unnamed(
    db: &impl ConnectionTrait,
    sha256: &str,
    before: DateTime<Utc>,
) -> Result<bool, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::Sha256.eq(sha256))
        .filter(Column::StoredAt.lt(before))
        .filter(unnamed())
        .exec(db)
        .await?;
    Ok(deleted.rows_affected > 0)
}
