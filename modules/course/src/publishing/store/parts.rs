//! The lessons and exercises of published versions.

use std::collections::HashMap;

use kernel::{CourseId, ExerciseId, LessonId, SectionId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType,
    QueryFilter, QueryOrder, QueryResult, QuerySelect, Select,
};
use uuid::Uuid;

use crate::domain::{ExerciseBody, LessonBody};
use crate::entity::column::{course_of, decode};
use crate::entity::{version_content, version_exercise, version_lesson};
use crate::error::Error;

/// A lesson as it was published.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VersionLesson {
    pub(crate) lesson_id: LessonId,
    pub(crate) section_id: SectionId,
    pub(crate) position: i32,
    pub(crate) body: LessonBody,
    /// How many bytes its texts have as they are kept.
    pub(crate) bytes: usize,
}

/// An exercise as it was published.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VersionExercise {
    pub(crate) exercise_id: ExerciseId,
    pub(crate) lesson_id: LessonId,
    pub(crate) position: i32,
    pub(crate) body: ExerciseBody,
    /// How many bytes its texts have as they are kept.
    pub(crate) bytes: usize,
}

impl FromQueryResult for VersionLesson {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let body: String = row.try_get(pre, "body")?;
        let row = version_lesson::Model::from_query_result(row, pre)?;
        Ok(Self {
            lesson_id: row.lesson_id.into(),
            section_id: row.section_id.into(),
            position: row.position,
            body: decode(&body)?,
            bytes: body.len(),
        })
    }
}

impl FromQueryResult for VersionExercise {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let body: String = row.try_get(pre, "body")?;
        let row = version_exercise::Model::from_query_result(row, pre)?;
        Ok(Self {
            exercise_id: row.exercise_id.into(),
            lesson_id: row.lesson_id.into(),
            position: row.position,
            body: decode(&body)?,
            bytes: body.len(),
        })
    }
}

/// The lessons of a version with what they say.
fn lessons_of(course: CourseId, number: i64) -> Select<version_lesson::Entity> {
    version_lesson::Entity::find()
        .join(JoinType::InnerJoin, version_lesson::content())
        .column(version_content::Column::Body)
        .filter(version_lesson::Column::CourseId.eq(course.uuid()))
        .filter(version_lesson::Column::Number.eq(number))
}

/// The exercises of all versions of a course with what they say.
fn exercises_of(course: CourseId) -> Select<version_exercise::Entity> {
    version_exercise::Entity::find()
        .join(JoinType::InnerJoin, version_exercise::content())
        .column(version_content::Column::Body)
        .filter(version_exercise::Column::CourseId.eq(course.uuid()))
}

/// The course in which a lesson was published.
pub(crate) async fn course_of_lesson(
    db: &impl ConnectionTrait,
    id: LessonId,
) -> Result<Option<CourseId>, Error> {
    use version_lesson::{Column, Entity};

    let rows = Entity::find().filter(Column::LessonId.eq(id.uuid()));
    Ok(course_of(db, rows, Column::CourseId).await?)
}

/// The course in which an exercise was published.
pub(crate) async fn course_of_exercise(
    db: &impl ConnectionTrait,
    id: ExerciseId,
) -> Result<Option<CourseId>, Error> {
    use version_exercise::{Column, Entity};

    let rows = Entity::find().filter(Column::ExerciseId.eq(id.uuid()));
    Ok(course_of(db, rows, Column::CourseId).await?)
}

/// One of these lessons that another course has published.
pub(crate) async fn lesson_of_another(
    db: &impl ConnectionTrait,
    course: CourseId,
    ids: &[LessonId],
) -> Result<Option<LessonId>, Error> {
    use version_lesson::{Column, Entity};

    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let others = Entity::find().filter(Column::CourseId.ne(course.uuid()));
    let found = any_of(db, others, Column::LessonId, &ids).await?;
    Ok(found.map(LessonId::from))
}

/// One of these exercises that another course has published.
pub(crate) async fn exercise_of_another(
    db: &impl ConnectionTrait,
    course: CourseId,
    ids: &[ExerciseId],
) -> Result<Option<ExerciseId>, Error> {
    use version_exercise::{Column, Entity};

    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let others = Entity::find().filter(Column::CourseId.ne(course.uuid()));
    let found = any_of(db, others, Column::ExerciseId, &ids).await?;
    Ok(found.map(ExerciseId::from))
}

/// One of these ids that a row has.
async fn any_of<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    id: E::Column,
    ids: &[Uuid],
) -> Result<Option<Uuid>, Error> {
    for some in ids.chunks(500) {
        let rows = rows.clone().filter(id.is_in(some.iter().copied()));
        let found: Option<Uuid> = rows.select_only().column(id).into_tuple().one(db).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

pub(crate) async fn find_lesson(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    id: LessonId,
) -> Result<Option<VersionLesson>, Error> {
    let found = lessons_of(course, number).filter(version_lesson::Column::LessonId.eq(id.uuid()));
    Ok(found.into_model().one(db).await?)
}

pub(crate) async fn find_exercise(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    id: ExerciseId,
) -> Result<Option<VersionExercise>, Error> {
    let found = exercises_of(course)
        .filter(version_exercise::Column::Number.eq(number))
        .filter(version_exercise::Column::ExerciseId.eq(id.uuid()));
    Ok(found.into_model().one(db).await?)
}

/// Each of these exercises as the newest version that has it asks it.
pub(crate) async fn newest(
    db: &impl ConnectionTrait,
    course: CourseId,
    ids: &[ExerciseId],
) -> Result<HashMap<ExerciseId, VersionExercise>, Error> {
    let places: Vec<(Uuid, i64)> = version_exercise::Entity::find()
        .select_only()
        .column(version_exercise::Column::ExerciseId)
        .column_as(version_exercise::Column::Number.max(), "newest")
        .filter(version_exercise::Column::CourseId.eq(course.uuid()))
        .filter(version_exercise::Column::ExerciseId.is_in(ids.iter().map(|id| id.uuid())))
        .group_by(version_exercise::Column::ExerciseId)
        .into_tuple()
        .all(db)
        .await?;
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let mut any = Condition::any();
    for (id, number) in places {
        any = any.add(
            Condition::all()
                .add(version_exercise::Column::ExerciseId.eq(id))
                .add(version_exercise::Column::Number.eq(number)),
        );
    }
    by_id(db, exercises_of(course).filter(any)).await
}

/// Those of these exercises that a version has.
pub(crate) async fn find_exercises(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    ids: &[ExerciseId],
) -> Result<HashMap<ExerciseId, VersionExercise>, Error> {
    let rows = exercises_of(course)
        .filter(version_exercise::Column::Number.eq(number))
        .filter(version_exercise::Column::ExerciseId.is_in(ids.iter().map(|id| id.uuid())));
    by_id(db, rows).await
}

async fn by_id(
    db: &impl ConnectionTrait,
    rows: Select<version_exercise::Entity>,
) -> Result<HashMap<ExerciseId, VersionExercise>, Error> {
    let rows: Vec<VersionExercise> = rows.into_model().all(db).await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|exercise| (exercise.exercise_id, exercise))
        .collect())
}

/// The lessons of a version, by position.
pub(crate) async fn lessons(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<Vec<VersionLesson>, Error> {
    let rows = lessons_of(course, number)
        .order_by_asc(version_lesson::Column::Position)
        .order_by_asc(version_lesson::Column::LessonId);
    Ok(rows.into_model().all(db).await?)
}

/// The exercises of a version, by position.
pub(crate) async fn all_exercises(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<Vec<VersionExercise>, Error> {
    let rows = exercises_of(course)
        .filter(version_exercise::Column::Number.eq(number))
        .order_by_asc(version_exercise::Column::Position)
        .order_by_asc(version_exercise::Column::ExerciseId);
    Ok(rows.into_model().all(db).await?)
}

/// The exercises of a lesson of a version, by position.
pub(crate) async fn exercises(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    lesson: LessonId,
) -> Result<Vec<VersionExercise>, Error> {
    let rows = exercises_of(course)
        .filter(version_exercise::Column::Number.eq(number))
        .filter(version_exercise::Column::LessonId.eq(lesson.uuid()))
        .order_by_asc(version_exercise::Column::Position)
        .order_by_asc(version_exercise::Column::ExerciseId);
    Ok(rows.into_model().all(db).await?)
}
