//! The sections of drafts.

use kernel::{CourseId, SectionId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryResult, Set,
};

use super::rows;
use crate::domain::SectionBody;
use crate::entity::column::{decode, encode};
use crate::entity::section::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

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

impl FromQueryResult for SectionRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            id: row.id.into(),
            course_id: row.course_id.into(),
            position: row.position,
            body: decode(&row.body)?,
            key: row.key,
            version: row.version,
        })
    }
}

fn row(section: &SectionRecord) -> Result<ActiveModel, Error> {
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
) -> Result<(), Error> {
    rows::insert(db, row(section)?).await
}

pub(crate) async fn save(db: &impl ConnectionTrait, section: &SectionRecord) -> Result<(), Error> {
    row(section)?.update(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: SectionId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: SectionId,
) -> Result<Option<SectionRecord>, Error> {
    Ok(Entity::find_by_id(id.uuid()).into_model().one(db).await?)
}

/// The sections of a course, by position.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<SectionRecord>, Error> {
    let of_course = Entity::find().filter(Column::CourseId.eq(course.uuid()));
    rows::in_order(db, of_course, [Column::Position, Column::Id]).await
}

/// Makes the keys of these sections free for others; each gets a key when it is saved.
pub(crate) async fn release_keys(
    db: &impl ConnectionTrait,
    sections: impl Iterator<Item = SectionId>,
) -> Result<(), Error> {
    let ids = sections.map(SectionId::uuid).collect();
    rows::release_keys::<Entity>(db, Column::Id, Column::Key, ids).await
}
