//! The tags of the newest version of each course: they are what achievements are about.

use kernel::CourseId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::entity::course_tag::{ActiveModel, Column, Entity};
use crate::error::Error;

/// Puts these tags in place of those that a course has.
pub(crate) async fn replace_tags(
    db: &impl ConnectionTrait,
    course: CourseId,
    tags: &[String],
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::Tag.is_not_in(tags))
        .exec(db)
        .await?;
    if tags.is_empty() {
        return Ok(());
    }
    let rows = tags.iter().map(|tag| ActiveModel {
        course_id: Set(course.uuid()),
        tag: Set(tag.clone()),
    });
    Entity::insert_many(rows)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Which of these courses has which of these tags.
pub(crate) async fn tags_of(
    db: &impl ConnectionTrait,
    courses: &[CourseId],
    tags: &[String],
) -> Result<Vec<(CourseId, String)>, Error> {
    if courses.is_empty() || tags.is_empty() {
        return Ok(Vec::new());
    }
    let ids = courses.iter().map(|course| course.uuid());
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::CourseId, Column::Tag])
        .filter(Column::CourseId.is_in(ids))
        .filter(Column::Tag.is_in(tags))
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|(course, tag)| (course.into(), tag)).collect())
}

/// Whether a published course has this tag.
pub(crate) async fn has_tag(db: &impl ConnectionTrait, tag: &str) -> Result<bool, Error> {
    let found = Entity::find().filter(Column::Tag.eq(tag)).one(db).await?;
    Ok(found.is_some())
}
