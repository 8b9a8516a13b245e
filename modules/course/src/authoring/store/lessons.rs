//! The lessons of drafts.

use std::collections::HashMap;

use contracts::course::CompletionRule;
use kernel::{CourseId, LessonId, SectionId};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryResult, QuerySelect, Select, Set,
};
use uuid::Uuid;

use super::rows;
use crate::domain::LessonBody;
use crate::entity::column::{self, decode, digest_of, encode, read_word, word};
use crate::entity::lesson::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

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

/// A lesson of a draft without its text, which may be large.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LessonHead {
    pub(crate) id: LessonId,
    pub(crate) course_id: CourseId,
    pub(crate) section_id: SectionId,
    pub(crate) position: i32,
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) minutes: i32,
    pub(crate) completion: CompletionRule,
    pub(crate) version: i64,
}

impl FromQueryResult for LessonHead {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let id = |column: &str| row.try_get::<Uuid>(pre, column);
        Ok(Self {
            id: id("id")?.into(),
            course_id: id("course_id")?.into(),
            section_id: id("section_id")?.into(),
            position: row.try_get(pre, "position")?,
            key: row.try_get(pre, "key")?,
            title: row.try_get(pre, "title")?,
            minutes: row.try_get(pre, "minutes")?,
            completion: read_word(
                &row.try_get::<String>(pre, "completion")?,
                "lesson.completion",
            )?,
            version: row.try_get(pre, "version")?,
        })
    }
}

impl FromQueryResult for LessonRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            id: row.id.into(),
            course_id: row.course_id.into(),
            section_id: row.section_id.into(),
            position: row.position,
            body: decode(&row.body)?,
            key: row.key,
            version: row.version,
        })
    }
}

fn row(lesson: &LessonRecord) -> Result<ActiveModel, Error> {
    let body = encode(&lesson.body)?;
    Ok(ActiveModel {
        id: Set(lesson.id.uuid()),
        course_id: Set(lesson.course_id.uuid()),
        section_id: Set(lesson.section_id.uuid()),
        position: Set(lesson.position),
        key: Set(lesson.key.clone()),
        title: Set(lesson.body.title.clone()),
        minutes: Set(lesson.body.minutes),
        completion: Set(word(&lesson.body.completion)?),
        sha256: Set(digest_of(&body)),
        body: Set(body),
        version: Set(lesson.version),
    })
}

pub(crate) async fn insert(db: &impl ConnectionTrait, lesson: &LessonRecord) -> Result<(), Error> {
    rows::insert(db, row(lesson)?).await
}

pub(crate) async fn save(db: &impl ConnectionTrait, lesson: &LessonRecord) -> Result<(), Error> {
    row(lesson)?.update(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: LessonId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: LessonId,
) -> Result<Option<LessonRecord>, Error> {
    Ok(Entity::find_by_id(id.uuid()).into_model().one(db).await?)
}

/// The course of a lesson.
pub(crate) async fn course_of(
    db: &impl ConnectionTrait,
    id: LessonId,
) -> Result<Option<CourseId>, Error> {
    let rows = Entity::find_by_id(id.uuid());
    Ok(column::course_of(db, rows, Column::CourseId).await?)
}

/// The order of lessons.
const ORDER: [Column; 2] = [Column::Position, Column::Id];

fn of_course(course: CourseId) -> Select<Entity> {
    Entity::find().filter(Column::CourseId.eq(course.uuid()))
}

/// The lessons of a course, by position.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<LessonRecord>, Error> {
    rows::in_order(db, of_course(course), ORDER).await
}

/// How many minutes the lessons of each course take together; courses without lessons are left out.
pub(crate) async fn minutes_of(
    db: &impl ConnectionTrait,
    courses: &[CourseId],
) -> Result<HashMap<CourseId, i32>, Error> {
    let minutes = Expr::from(Func::sum(Expr::col(Column::Minutes))).cast_as("integer");
    let rows: Vec<(Uuid, i32)> = Entity::find()
        .select_only()
        .column(Column::CourseId)
        .expr_as(minutes, "minutes")
        .filter(Column::CourseId.is_in(courses.iter().map(|course| course.uuid())))
        .group_by(Column::CourseId)
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(course, minutes)| (course.into(), minutes))
        .collect())
}

/// The lessons of a course without their texts, by position.
pub(crate) async fn heads(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<LessonHead>, Error> {
    let heads = column::without(of_course(course), Column::Body);
    rows::in_order(db, heads, ORDER).await
}

/// The lessons of a section without their texts, in order.
pub(crate) async fn heads_in(
    db: &impl ConnectionTrait,
    section: SectionId,
) -> Result<Vec<LessonHead>, Error> {
    let of_section = Entity::find().filter(Column::SectionId.eq(section.uuid()));
    rows::in_order(db, column::without(of_section, Column::Body), ORDER).await
}

/// Makes the keys of these lessons free for others; each gets a key when it is saved.
pub(crate) async fn release_keys(
    db: &impl ConnectionTrait,
    lessons: impl Iterator<Item = LessonId>,
) -> Result<(), Error> {
    let ids = lessons.map(LessonId::uuid).collect();
    rows::release_keys::<Entity>(db, Column::Id, Column::Key, ids).await
}

/// Keeps where lessons stand, under their next versions: as many at once as a statement takes well.
pub(crate) async fn place(db: &impl ConnectionTrait, lessons: &[LessonHead]) -> Result<(), Error> {
    release_keys(db, lessons.iter().map(|lesson| lesson.id)).await?;
    for some in lessons.chunks(100) {
        let each = |value: fn(&LessonHead) -> SimpleExpr| {
            let cases = some.iter().fold(CaseStatement::new(), |cases, lesson| {
                cases.case(Column::Id.eq(lesson.id.uuid()), value(lesson))
            });
            Expr::expr(cases)
        };
        Entity::update_many()
            .col_expr(
                Column::SectionId,
                each(|l| Expr::value(l.section_id.uuid())),
            )
            .col_expr(Column::Position, each(|l| Expr::value(l.position)))
            .col_expr(Column::Key, each(|l| Expr::value(l.key.clone())))
            .col_expr(Column::Version, each(|l| Expr::value(l.version)))
            .filter(Column::Id.is_in(some.iter().map(|lesson| lesson.id.uuid())))
            .exec(db)
            .await?;
    }
    Ok(())
}
