//! The drafts of courses.

use chrono::{DateTime, Utc};
use kernel::text::fold;
use kernel::{CourseId, Key, Page, Slice, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QuerySelect, Select, Set,
};
use uuid::Uuid;

use super::catalogue::{CatalogueFilter, CatalogueOrder};
use super::{columns_like, contains, decode, encode, word};
use crate::content::{CourseBody, Difficulty, Status};
use crate::entity::course::{ActiveModel, Column, Entity, Model};
use crate::entity::staff;
use crate::reference::CourseRef;
use database::{Sort, select_after};

/// The draft of a course and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CourseRecord {
    pub(crate) id: CourseId,
    pub(crate) slug: String,
    pub(crate) body: CourseBody,
    pub(crate) status: Status,
    /// The secret that the ids of options depend on.
    pub(crate) seed: String,
    /// The number of the newest published version; 0 when there is none.
    pub(crate) published_version: i64,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

fn record(row: Model) -> Result<CourseRecord, DbErr> {
    Ok(CourseRecord {
        id: row.id.into(),
        body: decode(&row.body)?,
        status: word(Status::parse(&row.status), "course.status")?,
        slug: row.slug,
        seed: row.seed,
        published_version: row.published_version,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn row(course: &CourseRecord) -> Result<ActiveModel, DbErr> {
    let body = &course.body;
    let search = format!("{} {} {}", body.title, body.summary, body.tags.join(" "));
    Ok(ActiveModel {
        id: Set(course.id.uuid()),
        slug: Set(course.slug.clone()),
        title_folded: Set(fold(&body.title)),
        search: Set(fold(&search)),
        difficulty: Set(body.difficulty.as_str().to_owned()),
        category: Set(body.category.clone()),
        tags: Set(encode(&body.tags)?),
        status: Set(course.status.as_str().to_owned()),
        body: Set(encode(body)?),
        seed: Set(course.seed.clone()),
        published_version: Set(course.published_version),
        version: Set(course.version),
        created_at: Set(course.created_at),
        updated_at: Set(course.updated_at),
    })
}

pub(crate) async fn insert(db: &impl ConnectionTrait, course: &CourseRecord) -> Result<(), DbErr> {
    let row = row(course)?;
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn save(db: &impl ConnectionTrait, course: &CourseRecord) -> Result<(), DbErr> {
    row(course)?.update(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: CourseId) -> Result<(), DbErr> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

fn named(course: &CourseRef) -> Select<Entity> {
    match course {
        CourseRef::Id(id) => Entity::find_by_id(id.uuid()),
        CourseRef::Slug(slug) => Entity::find().filter(Column::Slug.eq(slug.as_str())),
    }
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: &CourseRef,
) -> Result<Option<CourseRecord>, DbErr> {
    named(course).one(db).await?.map(record).transpose()
}

/// Finds a course and holds it until the commit, so that changes of one course happen one by one.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    course: &CourseRef,
) -> Result<Option<CourseRecord>, DbErr> {
    let found = named(course).lock_exclusive().one(db).await?;
    found.map(record).transpose()
}

pub(crate) async fn slug_taken(
    db: &impl ConnectionTrait,
    slug: &str,
    except: CourseId,
) -> Result<bool, DbErr> {
    let others = Entity::find()
        .filter(Column::Slug.eq(slug))
        .filter(Column::Id.ne(except.uuid()));
    Ok(others.count(db).await? > 0)
}

/// The courses that `person` works on, drafts and all.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    person: UserId,
    filter: &CatalogueFilter,
    order: CatalogueOrder,
    slice: &Slice,
) -> Result<Page<CourseRecord>, DbErr> {
    let theirs = staff::Entity::find()
        .select_only()
        .column(staff::Column::CourseId)
        .filter(staff::Column::UserId.eq(person.uuid()));
    let mut select = Entity::find()
        .filter(Column::Id.in_subquery(sea_orm::QueryTrait::into_query(theirs)))
        .filter(columns_like(Column::Search, &filter.words));
    if let Some(difficulty) = filter.difficulty.map(Difficulty::as_str) {
        select = select.filter(Column::Difficulty.eq(difficulty));
    }
    if let Some(category) = &filter.category {
        select = select.filter(Column::Category.eq(category.as_str()));
    }
    if let Some(tag) = &filter.tag {
        // A tag has no quotes, so that this finds whole tags only.
        let quoted = format!("\"{tag}\"");
        select = select.filter(contains(
            sea_orm::sea_query::Expr::col(Column::Tags),
            &quoted,
        ));
    }
    let total = match slice.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let id = Sort {
        descending: order == CatalogueOrder::Newest || order == CatalogueOrder::TitleDown,
        ..Sort::asc(sea_orm::sea_query::Expr::col(Column::Id))
    };
    let first = match order {
        CatalogueOrder::Newest => Sort::desc(sea_orm::sea_query::Expr::col(Column::CreatedAt)),
        CatalogueOrder::TitleUp => {
            Sort::asc(sea_orm::sea_query::Expr::col(Column::TitleFolded)).text()
        }
        CatalogueOrder::TitleDown => {
            Sort::desc(sea_orm::sea_query::Expr::col(Column::TitleFolded)).text()
        }
    };
    let rows = select_after(select, db.get_database_backend(), &[first, id], slice)
        .all(db)
        .await?;
    let records: Result<Vec<_>, _> = rows.into_iter().map(record).collect();
    let mut page = Page::cut(records?, slice, |course| {
        let id: Uuid = course.id.uuid();
        let first = match order {
            CatalogueOrder::Newest => Key::Time(course.created_at),
            CatalogueOrder::TitleUp | CatalogueOrder::TitleDown => {
                Key::Text(fold(&course.body.title))
            }
        };
        vec![first, Key::Id(id)]
    });
    page.total = total;
    Ok(page)
}
