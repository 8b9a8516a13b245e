//! The sections of drafts.

use kernel::{CourseId, SectionId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    Set,
};

use super::{decode, encode};
use crate::content::SectionBody;
use crate::entity::section::{ActiveModel, Column, Entity, Model};

/// A section of a draft.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SectionRecord {
    pub(crate) id: SectionId,
    pub(crate) course_id: CourseId,
    pub(crate) position: i32,
    /// Its name in the files of a course.
    pub(crate) key: String,
    pub(crate) body: SectionBody,
    pub(crate) version: i64,
}

fn record(row: Model) -> Result<SectionRecord, DbErr> {
    Ok(SectionRecord {
        id: row.id.into(),
        course_id: row.course_id.into(),
        position: row.position,
        body: decode(&row.body)?,
        key: row.key,
        version: row.version,
    })
}

fn row(section: &SectionRecord) -> Result<ActiveModel, DbErr> {
    Ok(ActiveModel {
        id: Set(section.id.uuid()),
        course_id: Set(section.course_id.uuid()),
        position: Set(section.position),
        key: Set(section.key.clone()),
        body: Set(encode(&section.body)?),
        version: Set(section.version),
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    section: &SectionRecord,
) -> Result<(), DbErr> {
    let row = row(section)?;
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn save(db: &impl ConnectionTrait, section: &SectionRecord) -> Result<(), DbErr> {
    row(section)?.update(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: SectionId) -> Result<(), DbErr> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: SectionId,
) -> Result<Option<SectionRecord>, DbErr> {
    let found = Entity::find_by_id(id.uuid()).one(db).await?;
    found.map(record).transpose()
}

/// The sections of a course, by position.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<SectionRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}
