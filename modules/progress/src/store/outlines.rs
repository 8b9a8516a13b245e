//! The shapes of published courses, as they were heard or asked for.

use contracts::course::OutlineView;
use kernel::CourseId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::entity::{course, course_outline, outline_lesson};
use crate::error::Error;

/// What is known of a course as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) newest: i64,
    pub(crate) archived: bool,
}

pub(crate) async fn find_course(
    db: &impl ConnectionTrait,
    id: CourseId,
) -> Result<Option<Known>, Error> {
    let row = course::Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(|row| Known {
        newest: row.newest,
        archived: row.archived,
    }))
}

/// Writes what is known of a course as a whole.
pub(crate) async fn save_course(
    db: &impl ConnectionTrait,
    id: CourseId,
    known: Known,
) -> Result<(), Error> {
    let row = course::ActiveModel {
        id: Set(id.uuid()),
        newest: Set(known.newest),
        archived: Set(known.archived),
    };
    let replace = OnConflict::column(course::Column::Id)
        .update_columns([course::Column::Newest, course::Column::Archived])
        .to_owned();
    course::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
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
    let row = course_outline::Entity::find_by_id((id.uuid(), version))
        .one(db)
        .await?;
    row.map(|row| serde_json::from_str(&row.outline).map_err(Error::from))
        .transpose()
}

/// Keeps the shape of a version; one that is there already stays, because versions never change.
pub(crate) async fn insert(db: &impl ConnectionTrait, outline: &OutlineView) -> Result<(), Error> {
    let row = course_outline::ActiveModel {
        course_id: Set(outline.course_id.uuid()),
        version: Set(outline.version),
        outline: Set(serde_json::to_string(outline)?),
    };
    let known = [
        course_outline::Column::CourseId,
        course_outline::Column::Version,
    ];
    course_outline::Entity::insert(row)
        .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
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
    let known = [
        outline_lesson::Column::LessonId,
        outline_lesson::Column::CourseId,
        outline_lesson::Column::Version,
    ];
    for part in rows.chunks(500) {
        outline_lesson::Entity::insert_many(part.iter().cloned())
            .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
