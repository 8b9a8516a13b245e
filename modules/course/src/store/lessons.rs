//! The lessons of drafts.

use kernel::{CourseId, LessonId, SectionId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    Set,
};

use super::{decode, encode};
use crate::content::LessonBody;
use crate::entity::lesson::{ActiveModel, Column, Entity, Model};

/// A lesson of a draft.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LessonRecord {
    pub(crate) id: LessonId,
    pub(crate) course_id: CourseId,
    pub(crate) section_id: SectionId,
    pub(crate) position: i32,
    /// Its name in the files of a course.
    pub(crate) key: String,
    pub(crate) body: LessonBody,
    pub(crate) version: i64,
}

fn record(row: Model) -> Result<LessonRecord, DbErr> {
    Ok(LessonRecord {
        id: row.id.into(),
        course_id: row.course_id.into(),
        section_id: row.section_id.into(),
        position: row.position,
        body: decode(&row.body)?,
        key: row.key,
        version: row.version,
    })
}

fn row(lesson: &LessonRecord) -> Result<ActiveModel, DbErr> {
    Ok(ActiveModel {
        id: Set(lesson.id.uuid()),
        course_id: Set(lesson.course_id.uuid()),
        section_id: Set(lesson.section_id.uuid()),
        position: Set(lesson.position),
        key: Set(lesson.key.clone()),
        body: Set(encode(&lesson.body)?),
        version: Set(lesson.version),
    })
}

pub(crate) async fn insert(db: &impl ConnectionTrait, lesson: &LessonRecord) -> Result<(), DbErr> {
    let row = row(lesson)?;
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn save(db: &impl ConnectionTrait, lesson: &LessonRecord) -> Result<(), DbErr> {
    row(lesson)?.update(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: LessonId) -> Result<(), DbErr> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: LessonId,
) -> Result<Option<LessonRecord>, DbErr> {
    let found = Entity::find_by_id(id.uuid()).one(db).await?;
    found.map(record).transpose()
}

/// The lessons of a course, by position.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<LessonRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}

/// The lessons of a section in order.
pub(crate) async fn list_in(
    db: &impl ConnectionTrait,
    section: SectionId,
) -> Result<Vec<LessonRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::SectionId.eq(section.uuid()))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}
