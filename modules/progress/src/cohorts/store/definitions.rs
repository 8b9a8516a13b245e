//! The cohorts that courses have.

use kernel::{CohortId, CourseId, Key, Page, PageRequest};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set,
};
use uuid::Uuid;

use crate::domain::Cohort;
use crate::entity::cohort::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// The cohorts of a course, the oldest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    page_request: &PageRequest,
) -> Result<Page<Cohort>, Error> {
    let select = Entity::find().filter(Column::CourseId.eq(course.uuid()));
    let sorts = [database::Sort::asc(Expr::col((Entity, Column::Id)))];
    let keys = |row: &Model| vec![Key::Id(row.id)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(Cohort::from))
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: CohortId) -> Result<Option<Cohort>, Error> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(Cohort::from))
}

/// The same, held until the commit: nobody else changes it, and nobody comes into it meanwhile.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: CohortId) -> Result<Option<Cohort>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(Cohort::from))
}

pub(crate) async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<u64, Error> {
    let of_course = Entity::find().filter(Column::CourseId.eq(course.uuid()));
    Ok(of_course.count(db).await?)
}

/// The names of the cohorts of a course.
pub(crate) async fn list_names(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<(CohortId, String)>, Error> {
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Name])
        .filter(Column::CourseId.eq(course.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|(id, name)| (id.into(), name)).collect())
}

pub(crate) async fn insert(db: &impl ConnectionTrait, cohort: &Cohort) -> Result<(), Error> {
    Entity::insert(row(cohort))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update(db: &impl ConnectionTrait, cohort: &Cohort) -> Result<(), Error> {
    Entity::update_many()
        .set(row(cohort))
        .filter(Column::Id.eq(cohort.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: CohortId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

fn row(cohort: &Cohort) -> ActiveModel {
    ActiveModel {
        id: Set(cohort.id.uuid()),
        course_id: Set(cohort.course.uuid()),
        name: Set(cohort.name.clone()),
        starts_on: Set(cohort.starts_on),
        ends_on: Set(cohort.ends_on),
        revision: Set(cohort.revision),
        created_at: Set(cohort.created_at),
    }
}

impl From<Model> for Cohort {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            course: row.course_id.into(),
            name: row.name,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            revision: row.revision,
            created_at: row.created_at,
        }
    }
}
