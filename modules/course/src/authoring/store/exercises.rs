//! The exercises of drafts.

use kernel::{CourseId, ExerciseId, LessonId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryResult, Select, Set,
};
use uuid::Uuid;

use super::rows;
use crate::domain::ExerciseBody;
use crate::entity::column::{self, decode, digest_of, encode};
use crate::entity::exercise::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

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

/// An exercise of a draft without its question and texts, which may be large.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExerciseHead {
    pub(crate) id: ExerciseId,
    pub(crate) lesson_id: LessonId,
    pub(crate) position: i32,
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) points: i32,
}

impl FromQueryResult for ExerciseHead {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let id = |column: &str| row.try_get::<Uuid>(pre, column);
        Ok(Self {
            id: id("id")?.into(),
            lesson_id: id("lesson_id")?.into(),
            position: row.try_get(pre, "position")?,
            key: row.try_get(pre, "key")?,
            title: row.try_get(pre, "title")?,
            points: row.try_get(pre, "points")?,
        })
    }
}

impl FromQueryResult for ExerciseRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            id: row.id.into(),
            course_id: row.course_id.into(),
            lesson_id: row.lesson_id.into(),
            position: row.position,
            body: decode(&row.body)?,
            key: row.key,
            version: row.version,
        })
    }
}

fn row(exercise: &ExerciseRecord) -> Result<ActiveModel, Error> {
    let body = encode(&exercise.body)?;
    Ok(ActiveModel {
        id: Set(exercise.id.uuid()),
        course_id: Set(exercise.course_id.uuid()),
        lesson_id: Set(exercise.lesson_id.uuid()),
        position: Set(exercise.position),
        key: Set(exercise.key.clone()),
        title: Set(exercise.body.title.clone()),
        points: Set(exercise.body.points),
        sha256: Set(digest_of(&body)),
        body: Set(body),
        version: Set(exercise.version),
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    exercise: &ExerciseRecord,
) -> Result<(), Error> {
    rows::insert(db, row(exercise)?).await
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    exercise: &ExerciseRecord,
) -> Result<(), Error> {
    row(exercise)?.update(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: ExerciseId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: ExerciseId,
) -> Result<Option<ExerciseRecord>, Error> {
    Ok(Entity::find_by_id(id.uuid()).into_model().one(db).await?)
}

/// The course of an exercise.
pub(crate) async fn course_of(
    db: &impl ConnectionTrait,
    id: ExerciseId,
) -> Result<Option<CourseId>, Error> {
    let rows = Entity::find_by_id(id.uuid());
    Ok(column::course_of(db, rows, Column::CourseId).await?)
}

/// The order of exercises.
const ORDER: [Column; 2] = [Column::Position, Column::Id];

fn of_course(course: CourseId) -> Select<Entity> {
    Entity::find().filter(Column::CourseId.eq(course.uuid()))
}

fn of_lesson(lesson: LessonId) -> Select<Entity> {
    Entity::find().filter(Column::LessonId.eq(lesson.uuid()))
}

/// The exercises of a course, by position.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<ExerciseRecord>, Error> {
    rows::in_order(db, of_course(course), ORDER).await
}

/// The exercises of a lesson in order.
pub(crate) async fn list_in(
    db: &impl ConnectionTrait,
    lesson: LessonId,
) -> Result<Vec<ExerciseRecord>, Error> {
    rows::in_order(db, of_lesson(lesson), ORDER).await
}

/// How many exercises a course has.
pub(crate) async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<u64, Error> {
    Ok(of_course(course).count(db).await?)
}

/// The exercises of a course without their questions and texts, by position.
pub(crate) async fn heads(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<ExerciseHead>, Error> {
    let heads = column::without(of_course(course), Column::Body);
    rows::in_order(db, heads, ORDER).await
}

/// The exercises of a lesson without their questions and texts, in order.
pub(crate) async fn heads_in(
    db: &impl ConnectionTrait,
    lesson: LessonId,
) -> Result<Vec<ExerciseHead>, Error> {
    let heads = column::without(of_lesson(lesson), Column::Body);
    rows::in_order(db, heads, ORDER).await
}

/// Puts an exercise at another place of its lesson.
pub(crate) async fn place(
    db: &impl ConnectionTrait,
    id: ExerciseId,
    position: i32,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(id.uuid()),
        position: Set(position),
        ..Default::default()
    };
    Entity::update(row).exec(db).await?;
    Ok(())
}

/// Makes the keys of these exercises free for others; each gets a key when it is saved.
pub(crate) async fn release_keys(
    db: &impl ConnectionTrait,
    exercises: impl Iterator<Item = ExerciseId>,
) -> Result<(), Error> {
    let ids = exercises.map(ExerciseId::uuid).collect();
    rows::release_keys::<Entity>(db, Column::Id, Column::Key, ids).await
}
