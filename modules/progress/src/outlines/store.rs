//! The shapes of published courses, as they were published or requested.

mod course_tags;

use contracts::course::OutlineView;
use kernel::{CourseId, LessonId};
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, LockType, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::entity::{course, course_outline, outline_lesson};
use crate::error::Error;
use crate::store;

pub(crate) use course_tags::{has_tag, replace_tags, tags_of};

/// What is known of a course as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CourseRecord {
    pub(crate) slug: String,
    /// The number of the event that brought the slug.
    pub(crate) slug_sequence: i64,
    pub(crate) newest: i64,
    pub(crate) archived: bool,
    /// Whether only those whom the course module admits may know of it.
    pub(crate) invite_only: bool,
}

impl CourseRecord {
    /// A course that takes learners in to the version of `outline`.
    pub(crate) fn open(outline: &OutlineView, sequence: i64) -> Self {
        Self {
            slug: outline.slug.clone(),
            slug_sequence: sequence,
            newest: outline.version,
            archived: false,
            invite_only: outline.invite_only,
        }
    }
}

pub(crate) async fn find_course(
    db: &impl ConnectionTrait,
    id: CourseId,
) -> Result<Option<CourseRecord>, Error> {
    let row = course::Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(|row| CourseRecord {
        slug: row.slug,
        slug_sequence: row.slug_sequence,
        newest: row.newest,
        archived: row.archived,
        invite_only: row.invite_only,
    }))
}

/// The course with this slug; of several that were renamed, the one that took it last.
pub(crate) async fn find_by_slug(
    db: &impl ConnectionTrait,
    slug: &str,
) -> Result<Option<CourseId>, Error> {
    let found = course::Entity::find()
        .select_only()
        .column(course::Column::Id)
        .filter(course::Column::Slug.eq(slug))
        .order_by_desc(course::Column::SlugSequence)
        .into_tuple::<Uuid>()
        .one(db)
        .await?;
    Ok(found.map(CourseId::from))
}

/// Writes what is known of a course as a whole.
pub(crate) async fn upsert_course(
    db: &impl ConnectionTrait,
    id: CourseId,
    record: CourseRecord,
) -> Result<(), Error> {
    let row = course::ActiveModel {
        id: Set(id.uuid()),
        slug: Set(record.slug),
        slug_sequence: Set(record.slug_sequence),
        newest: Set(record.newest),
        archived: Set(record.archived),
        invite_only: Set(record.invite_only),
    };
    store::upsert(db, vec![row]).await
}

/// Locks a course until the transaction ends: what is decided of it holds meanwhile.
pub(crate) async fn lock(
    db: &impl ConnectionTrait,
    id: CourseId,
    kind: LockType,
) -> Result<(), Error> {
    course::Entity::find_by_id(id.uuid())
        .select_only()
        .column(course::Column::Id)
        .lock(kind)
        .into_tuple::<Uuid>()
        .one(db)
        .await?;
    Ok(())
}

/// Takes over a slug, unless a newer one came before it.
pub(crate) async fn rename(
    db: &impl ConnectionTrait,
    id: CourseId,
    slug: &str,
    sequence: i64,
) -> Result<(), Error> {
    course::Entity::update_many()
        .col_expr(course::Column::Slug, Expr::value(slug))
        .col_expr(course::Column::SlugSequence, Expr::value(sequence))
        .filter(course::Column::Id.eq(id.uuid()))
        .filter(course::Column::SlugSequence.lt(sequence))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn archive(db: &impl ConnectionTrait, id: CourseId) -> Result<(), Error> {
    course::Entity::update_many()
        .col_expr(course::Column::Archived, Expr::value(true))
        .filter(course::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: CourseId,
    version: i64,
) -> Result<Option<OutlineView>, Error> {
    let found = find_weighed(db, id, version).await?;
    Ok(found.map(|(outline, _)| outline))
}

/// An outline and the bytes of its JSON.
pub(super) async fn find_weighed(
    db: &impl ConnectionTrait,
    id: CourseId,
    version: i64,
) -> Result<Option<(OutlineView, u32)>, Error> {
    let row = course_outline::Entity::find_by_id((id.uuid(), version))
        .one(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let weight = u32::try_from(row.outline.len()).unwrap_or(u32::MAX);
    Ok(Some((serde_json::from_str(&row.outline)?, weight)))
}

/// Keeps the shape of a version; one that is there already stays, because versions never change.
pub(crate) async fn insert(db: &impl ConnectionTrait, outline: &OutlineView) -> Result<(), Error> {
    let row = course_outline::ActiveModel {
        course_id: Set(outline.course_id.uuid()),
        version: Set(outline.version),
        outline: Set(serde_json::to_string(outline)?),
    };
    course_outline::Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Lets the lessons of a version be found.
pub(crate) async fn insert_lessons(
    db: &impl ConnectionTrait,
    outline: &OutlineView,
) -> Result<(), Error> {
    let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
    let rows: Vec<outline_lesson::ActiveModel> = lessons
        .map(|lesson| outline_lesson::ActiveModel {
            lesson_id: Set(lesson.id.uuid()),
            course_id: Set(outline.course_id.uuid()),
            version: Set(outline.version),
        })
        .collect();
    for part in rows.chunks(500) {
        outline_lesson::Entity::insert_many(part.iter().cloned())
            .on_conflict_do_nothing()
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// That `lesson` stands in the version of a course that these two columns name.
pub(crate) fn has_lesson(
    lesson: LessonId,
    course: impl IntoColumnRef,
    version: impl IntoColumnRef,
) -> SimpleExpr {
    use outline_lesson::{Column, Entity};
    let standing = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::LessonId)).eq(lesson.uuid()))
        .and_where(Expr::col((Entity, Column::CourseId)).equals(course))
        .and_where(Expr::col((Entity, Column::Version)).equals(version))
        .to_owned();
    Expr::exists(standing)
}

/// The slug of the course that this column names.
pub(crate) fn slug_of(course: impl IntoColumnRef) -> SimpleExpr {
    of_course(course, course::Column::Slug)
}

/// The newest version of the course that this column names.
pub(crate) fn newest_of(course: impl IntoColumnRef) -> SimpleExpr {
    of_course(course, course::Column::Newest)
}

fn of_course(course: impl IntoColumnRef, column: course::Column) -> SimpleExpr {
    use course::{Column, Entity};
    let value = Query::select()
        .column((Entity, column))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::Id)).equals(course))
        .to_owned();
    SimpleExpr::SubQuery(None, Box::new(value.into()))
}
