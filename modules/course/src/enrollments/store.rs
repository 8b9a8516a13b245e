//! The versions that learners are on.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{CourseId, Key, Keyed, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::entity::enrollment::{ActiveModel, Column, Entity, Model};
use crate::entity::erased_user;
use crate::error::Error;

/// How a user stands to a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Enrolled,
    Barred,
}

/// Keeps which version a learner is on; one who is erased stays so, whatever comes late.
pub(super) async fn upsert(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    version: i64,
) -> Result<(), Error> {
    let erased = erased_user::Entity::find_by_id(learner.uuid()).one(db);
    if erased.await?.is_some() {
        return Ok(());
    }
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        learner_id: Set(learner.uuid()),
        version: Set(version),
        active: Set(true),
        barred: Set(false),
    };
    let change = OnConflict::columns([Column::CourseId, Column::LearnerId])
        .update_columns([Column::Version, Column::Active, Column::Barred])
        .to_owned();
    Entity::insert(row)
        .on_conflict(change)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Keeps which version a learner was on who has left or was barred, because they come back to it.
pub(super) async fn leave(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    barred: bool,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Active, Expr::value(false))
        .col_expr(Column::Barred, Expr::value(barred))
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The version that a learner is enrolled in, as its content is read.
pub(crate) async fn version_of(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<Option<i64>, Error> {
    let found = Entity::find_by_id((course.uuid(), learner.uuid()))
        .select_only()
        .column(Column::Version)
        .filter(Column::Active.eq(true))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found)
}

/// Whether a user is enrolled in a course, or is barred from it, because the staff has removed them or their time is
/// over; nothing when they never were in it, or have left it.
pub(crate) async fn standing_of(
    db: &impl ConnectionTrait,
    course: CourseId,
    user: UserId,
) -> Result<Option<Standing>, Error> {
    let found = Entity::find_by_id((course.uuid(), user.uuid()))
        .one(db)
        .await?;
    Ok(match found {
        Some(row) if row.active => Some(Standing::Enrolled),
        Some(row) if row.barred => Some(Standing::Barred),
        _ => None,
    })
}

/// The version whose limits bind a learner: the one that they are enrolled in, or would come back to.
pub(crate) async fn binding_version_of(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<Option<i64>, Error> {
    let found = Entity::find_by_id((course.uuid(), learner.uuid()))
        .select_only()
        .column(Column::Version)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found)
}

/// The learners of a course, or of one version of it, and the version that each is on.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    version: Option<i64>,
    page_request: &PageRequest,
) -> Result<Page<(UserId, i64)>, Error> {
    let mut select = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::Active.eq(true));
    if let Some(version) = version {
        select = select.filter(Column::Version.eq(version));
    }
    let sorts = [Sort::asc(Expr::col(Column::LearnerId))];
    let keys = |row: &Model| vec![Key::Id(row.learner_id)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(|row| (row.learner_id.into(), row.version)))
}

/// How many learners are on each version of a course.
pub(crate) async fn count_learners(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<HashMap<i64, i64>, Error> {
    let counts: Vec<(i64, i64)> = Entity::find()
        .select_only()
        .column(Column::Version)
        .column_as(Column::LearnerId.count(), "learners")
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::Active.eq(true))
        .group_by(Column::Version)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().collect())
}

/// The courses and versions that a user is enrolled in, by the course's id.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    learner: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let cursor = theirs.cursor_by(Column::CourseId);
    Ok(database::export_after(db, cursor, place, |row| row.course_id).await?)
}

/// Keeps the bare id of a user whose account is gone; returns how many enrollments there were.
pub(crate) async fn erase(
    db: &impl ConnectionTrait,
    learner: UserId,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let row = erased_user::ActiveModel {
        user_id: Set(learner.uuid()),
        erased_at: Set(now),
    };
    erased_user::Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}
