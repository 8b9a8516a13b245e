//! The exercises of drafts.

use kernel::{CourseId, ExerciseId, LessonId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    Set,
};

use super::{decode, encode};
use crate::content::ExerciseBody;
use crate::entity::exercise::{ActiveModel, Column, Entity, Model};

/// An exercise of a draft.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExerciseRecord {
    pub(crate) id: ExerciseId,
    pub(crate) course_id: CourseId,
    pub(crate) lesson_id: LessonId,
    pub(crate) position: i32,
    /// Its name in the files of a course.
    pub(crate) key: String,
    pub(crate) body: ExerciseBody,
    pub(crate) version: i64,
}

fn record(row: Model) -> Result<ExerciseRecord, DbErr> {
    Ok(ExerciseRecord {
        id: row.id.into(),
        course_id: row.course_id.into(),
        lesson_id: row.lesson_id.into(),
        position: row.position,
        body: decode(&row.body)?,
        key: row.key,
        version: row.version,
    })
}

fn row(exercise: &ExerciseRecord) -> Result<ActiveModel, DbErr> {
    Ok(ActiveModel {
        id: Set(exercise.id.uuid()),
        course_id: Set(exercise.course_id.uuid()),
        lesson_id: Set(exercise.lesson_id.uuid()),
        position: Set(exercise.position),
        key: Set(exercise.key.clone()),
        body: Set(encode(&exercise.body)?),
        version: Set(exercise.version),
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    exercise: &ExerciseRecord,
) -> Result<(), DbErr> {
    let row = row(exercise)?;
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    exercise: &ExerciseRecord,
) -> Result<(), DbErr> {
    row(exercise)?.update(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: ExerciseId) -> Result<(), DbErr> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: ExerciseId,
) -> Result<Option<ExerciseRecord>, DbErr> {
    let found = Entity::find_by_id(id.uuid()).one(db).await?;
    found.map(record).transpose()
}

/// The exercises of a course, by position.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<ExerciseRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}

/// The exercises of a lesson in order.
pub(crate) async fn list_in(
    db: &impl ConnectionTrait,
    lesson: LessonId,
) -> Result<Vec<ExerciseRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::LessonId.eq(lesson.uuid()))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}
