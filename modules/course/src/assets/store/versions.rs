//! The assets of published versions: written once, read for ever.

use kernel::CourseId;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use super::{AssetRecord, drafts};
use crate::domain::AssetName;
use crate::domain::asset::name_key;
use crate::entity::asset;
use crate::entity::version_asset::{Column, Entity};
use crate::error::Error;

/// Writes the assets of the draft as those of version `number`.
pub(crate) async fn copy(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<(), Error> {
    let assets = asset::Entity::find()
        .select_only()
        .column(asset::Column::CourseId)
        .expr_as(Expr::value(number), "number")
        .columns([
            asset::Column::NameKey,
            asset::Column::Name,
            asset::Column::MediaType,
            asset::Column::Bytes,
            asset::Column::Sha256,
            asset::Column::CreatedAt,
        ])
        .filter(asset::Column::CourseId.eq(course.uuid()))
        .into_query();
    let mut insert = Query::insert();
    insert.into_table(Entity).columns([
        Column::CourseId,
        Column::Number,
        Column::NameKey,
        Column::Name,
        Column::MediaType,
        Column::Bytes,
        Column::Sha256,
        Column::CreatedAt,
    ]);
    let insert = insert
        .select_from(assets)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    db.execute(&*insert).await?;
    Ok(())
}

/// The asset of that name, whatever its case.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    name: &str,
) -> Result<Option<AssetRecord>, Error> {
    // PostgreSQL takes no text with a NUL, which an address may bring.
    if AssetName::parse(name, "").is_err() {
        return Ok(None);
    }
    let found = Entity::find_by_id((course.uuid(), number, name_key(name)));
    Ok(found.into_model().one(db).await?)
}

/// The assets of a version, by name.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<Vec<AssetRecord>, Error> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::Number.eq(number))
        .order_by_asc(Column::NameKey);
    Ok(rows.into_model().all(db).await?)
}

/// Whether a version has the very assets of the draft.
pub(crate) async fn is_published(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<bool, Error> {
    let draft = drafts::list(db, course).await?.into_iter();
    let version = list(db, course, number).await?.into_iter();
    let key = |asset: AssetRecord| (asset.name, asset.sha256);
    Ok(draft.map(key).eq(version.map(key)))
}
