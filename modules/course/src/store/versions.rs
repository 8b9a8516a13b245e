//! Published versions: written once, read for ever.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use kernel::{CourseId, ExerciseId, Key, LessonId, Page, SectionId, Slice, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use super::{decode, encode};
use crate::content::{ExerciseBody, LessonBody, VersionMeta};
use crate::entity::{course_version, version_exercise, version_lesson};
use database::{Sort, select_after};

/// A published version without its lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionRecord {
    pub(crate) course_id: CourseId,
    pub(crate) number: i64,
    pub(crate) change_notes: String,
    pub(crate) published_by: Option<UserId>,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) meta: VersionMeta,
    pub(crate) outline: OutlineView,
}

/// A lesson as it was published.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VersionLesson {
    pub(crate) lesson_id: LessonId,
    pub(crate) section_id: SectionId,
    pub(crate) position: i32,
    pub(crate) body: LessonBody,
}

/// An exercise as it was published.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VersionExercise {
    pub(crate) exercise_id: ExerciseId,
    pub(crate) lesson_id: LessonId,
    pub(crate) position: i32,
    pub(crate) body: ExerciseBody,
}

fn record(row: course_version::Model) -> Result<VersionRecord, DbErr> {
    Ok(VersionRecord {
        course_id: row.course_id.into(),
        number: row.number,
        change_notes: row.change_notes,
        published_by: row.published_by.map(UserId::from),
        published_at: row.published_at,
        meta: decode(&row.meta)?,
        outline: decode(&row.outline)?,
    })
}

fn lesson(row: version_lesson::Model) -> Result<VersionLesson, DbErr> {
    Ok(VersionLesson {
        lesson_id: row.lesson_id.into(),
        section_id: row.section_id.into(),
        position: row.position,
        body: decode(&row.body)?,
    })
}

fn exercise(row: version_exercise::Model) -> Result<VersionExercise, DbErr> {
    Ok(VersionExercise {
        exercise_id: row.exercise_id.into(),
        lesson_id: row.lesson_id.into(),
        position: row.position,
        body: decode(&row.body)?,
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    version: &VersionRecord,
) -> Result<(), DbErr> {
    let row = course_version::ActiveModel {
        course_id: Set(version.course_id.uuid()),
        number: Set(version.number),
        change_notes: Set(version.change_notes.clone()),
        published_by: Set(version.published_by.map(UserId::uuid)),
        published_at: Set(version.published_at),
        meta: Set(encode(&version.meta)?),
        outline: Set(encode(&version.outline)?),
    };
    course_version::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn insert_lesson(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    lesson: &VersionLesson,
) -> Result<(), DbErr> {
    let row = version_lesson::ActiveModel {
        course_id: Set(course.uuid()),
        number: Set(number),
        lesson_id: Set(lesson.lesson_id.uuid()),
        section_id: Set(lesson.section_id.uuid()),
        position: Set(lesson.position),
        body: Set(encode(&lesson.body)?),
    };
    version_lesson::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn insert_exercise(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    exercise: &VersionExercise,
) -> Result<(), DbErr> {
    let row = version_exercise::ActiveModel {
        course_id: Set(course.uuid()),
        number: Set(number),
        exercise_id: Set(exercise.exercise_id.uuid()),
        lesson_id: Set(exercise.lesson_id.uuid()),
        position: Set(exercise.position),
        body: Set(encode(&exercise.body)?),
    };
    version_exercise::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<Option<VersionRecord>, DbErr> {
    let found = course_version::Entity::find_by_id((course.uuid(), number))
        .one(db)
        .await?;
    found.map(record).transpose()
}

/// The versions of a course, the newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    slice: &Slice,
) -> Result<Page<VersionRecord>, DbErr> {
    let select =
        course_version::Entity::find().filter(course_version::Column::CourseId.eq(course.uuid()));
    let total = match slice.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let sorts = [Sort::desc(Expr::col(course_version::Column::Number))];
    let rows = select_after(select, db.get_database_backend(), &sorts, slice)
        .all(db)
        .await?;
    let records: Result<Vec<_>, _> = rows.into_iter().map(record).collect();
    let mut page = Page::cut(records?, slice, |version| vec![Key::Int(version.number)]);
    page.total = total;
    Ok(page)
}

/// Takes a person's name off what they have published; returns from how many versions.
pub(crate) async fn forget(db: &impl ConnectionTrait, person: UserId) -> Result<u64, DbErr> {
    let changed = course_version::Entity::update_many()
        .col_expr(
            course_version::Column::PublishedBy,
            Expr::value(Option::<Uuid>::None),
        )
        .filter(course_version::Column::PublishedBy.eq(person.uuid()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected)
}

/// The versions that a person has published: course, number and when.
pub(crate) async fn list_by(
    db: &impl ConnectionTrait,
    person: UserId,
) -> Result<Vec<(CourseId, i64, DateTime<Utc>)>, DbErr> {
    let rows = course_version::Entity::find()
        .filter(course_version::Column::PublishedBy.eq(person.uuid()))
        .order_by_asc(course_version::Column::PublishedAt)
        .all(db)
        .await?;
    let versions = rows.into_iter();
    Ok(versions
        .map(|row| (row.course_id.into(), row.number, row.published_at))
        .collect())
}

/// The course in which a lesson was published.
pub(crate) async fn course_of_lesson(
    db: &impl ConnectionTrait,
    id: LessonId,
) -> Result<Option<CourseId>, DbErr> {
    let found: Option<Uuid> = version_lesson::Entity::find()
        .select_only()
        .column(version_lesson::Column::CourseId)
        .filter(version_lesson::Column::LessonId.eq(id.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.map(CourseId::from))
}

/// The course in which an exercise was published.
pub(crate) async fn course_of_exercise(
    db: &impl ConnectionTrait,
    id: ExerciseId,
) -> Result<Option<CourseId>, DbErr> {
    let found: Option<Uuid> = version_exercise::Entity::find()
        .select_only()
        .column(version_exercise::Column::CourseId)
        .filter(version_exercise::Column::ExerciseId.eq(id.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.map(CourseId::from))
}

pub(crate) async fn find_lesson(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    id: LessonId,
) -> Result<Option<VersionLesson>, DbErr> {
    let found = version_lesson::Entity::find_by_id((course.uuid(), number, id.uuid()))
        .one(db)
        .await?;
    found.map(lesson).transpose()
}

pub(crate) async fn find_exercise(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    id: ExerciseId,
) -> Result<Option<VersionExercise>, DbErr> {
    let found = version_exercise::Entity::find_by_id((course.uuid(), number, id.uuid()))
        .one(db)
        .await?;
    found.map(exercise).transpose()
}

/// An exercise as each of these versions asks it, by their numbers.
pub(crate) async fn editions(
    db: &impl ConnectionTrait,
    course: CourseId,
    id: ExerciseId,
    numbers: &[i64],
) -> Result<HashMap<i64, VersionExercise>, DbErr> {
    let rows = version_exercise::Entity::find()
        .filter(version_exercise::Column::CourseId.eq(course.uuid()))
        .filter(version_exercise::Column::ExerciseId.eq(id.uuid()))
        .filter(version_exercise::Column::Number.is_in(numbers.iter().copied()))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.number, exercise(row)?)))
        .collect()
}

/// Each of these exercises as the newest version that has it asks it.
pub(crate) async fn newest(
    db: &impl ConnectionTrait,
    course: CourseId,
    ids: &[ExerciseId],
) -> Result<HashMap<ExerciseId, VersionExercise>, DbErr> {
    let of_course = version_exercise::Entity::find()
        .filter(version_exercise::Column::CourseId.eq(course.uuid()));
    let places: Vec<(Uuid, i64)> = of_course
        .clone()
        .select_only()
        .column(version_exercise::Column::ExerciseId)
        .column_as(version_exercise::Column::Number.max(), "newest")
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
    let rows = of_course.filter(any).all(db).await?;
    rows.into_iter()
        .map(|row| Ok((row.exercise_id.into(), exercise(row)?)))
        .collect()
}

/// The lessons of a version, by position.
pub(crate) async fn lessons(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<Vec<VersionLesson>, DbErr> {
    let rows = version_lesson::Entity::find()
        .filter(version_lesson::Column::CourseId.eq(course.uuid()))
        .filter(version_lesson::Column::Number.eq(number))
        .order_by_asc(version_lesson::Column::Position)
        .order_by_asc(version_lesson::Column::LessonId)
        .all(db)
        .await?;
    rows.into_iter().map(lesson).collect()
}

/// The exercises of a version, or of one of its lessons, by position.
pub(crate) async fn exercises(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    of: Option<LessonId>,
) -> Result<Vec<VersionExercise>, DbErr> {
    let mut select = version_exercise::Entity::find()
        .filter(version_exercise::Column::CourseId.eq(course.uuid()))
        .filter(version_exercise::Column::Number.eq(number));
    if let Some(lesson) = of {
        select = select.filter(version_exercise::Column::LessonId.eq(lesson.uuid()));
    }
    let rows = select
        .order_by_asc(version_exercise::Column::Position)
        .order_by_asc(version_exercise::Column::ExerciseId)
        .all(db)
        .await?;
    rows.into_iter().map(exercise).collect()
}
