//! The assets of drafts.

use kernel::CourseId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::AssetRecord;
use crate::domain::AssetName;
use crate::domain::asset::name_key;
use crate::entity::asset::{ActiveModel, Column, Entity};
use crate::error::Error;

/// Adds an asset, or replaces the one of that name.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    course: CourseId,
    asset: &AssetRecord,
) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        name_key: Set(name_key(&asset.name)),
        name: Set(asset.name.clone()),
        media_type: Set(asset.media_type.clone()),
        bytes: Set(asset.bytes),
        sha256: Set(asset.sha256.clone()),
        created_at: Set(asset.created_at),
    };
    let change = OnConflict::columns([Column::CourseId, Column::NameKey])
        .update_columns([
            Column::Name,
            Column::MediaType,
            Column::Bytes,
            Column::Sha256,
            Column::CreatedAt,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(change)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The asset of that name, whatever its case.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
    name: &str,
) -> Result<Option<AssetRecord>, Error> {
    // PostgreSQL takes no text with a NUL, which an address may bring.
    if AssetName::parse(name, "").is_err() {
        return Ok(None);
    }
    let found = Entity::find_by_id((course.uuid(), name_key(name)));
    Ok(found.into_model().one(db).await?)
}

/// The assets of a draft, by name.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<AssetRecord>, Error> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .order_by_asc(Column::NameKey);
    Ok(rows.into_model().all(db).await?)
}

/// Whether there was one.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    course: CourseId,
    name: &str,
) -> Result<bool, Error> {
    let deleted = Entity::delete_by_id((course.uuid(), name_key(name)));
    Ok(deleted.exec(db).await?.rows_affected > 0)
}
