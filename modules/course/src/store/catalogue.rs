//! What the catalogue lists: the newest version of every published course.

use chrono::{DateTime, Utc};
use kernel::text::fold;
use kernel::{CourseId, Key, Page, Slice};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, Set,
};

use super::{columns_like, decode, encode, word};
use crate::content::{CourseBody, Difficulty, Visibility};
use crate::entity::catalogue::{ActiveModel, Column, Entity, Model};
use crate::entity::catalogue_tag;
use database::{Sort, select_after};

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct CatalogueFilter {
    /// Folded words that must all occur.
    pub(crate) words: Vec<String>,
    pub(crate) difficulty: Option<Difficulty>,
    pub(crate) category: Option<String>,
    pub(crate) tag: Option<String>,
}

/// How the list is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CatalogueOrder {
    #[default]
    Newest,
    TitleUp,
    TitleDown,
}

/// One line of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CatalogueRecord {
    pub(crate) course_id: CourseId,
    pub(crate) number: i64,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) difficulty: Difficulty,
    pub(crate) category: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) published_at: DateTime<Utc>,
}

fn record(row: Model) -> Result<CatalogueRecord, DbErr> {
    Ok(CatalogueRecord {
        course_id: row.course_id.into(),
        number: row.number,
        slug: row.slug,
        title: row.title,
        summary: row.summary,
        difficulty: word(Difficulty::parse(&row.difficulty), "catalogue.difficulty")?,
        category: row.category,
        tags: decode(&row.tags)?,
        published_at: row.published_at,
    })
}

/// Takes a course out of the catalogue.
pub(crate) async fn remove(db: &impl ConnectionTrait, course: CourseId) -> Result<(), DbErr> {
    Entity::delete_by_id(course.uuid()).exec(db).await?;
    catalogue_tag::Entity::delete_many()
        .filter(catalogue_tag::Column::CourseId.eq(course.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Puts a version of a course into the catalogue, in place of an older one.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
    slug: &str,
    body: &CourseBody,
    lesson_titles: &[String],
    published_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    remove(db, course).await?;
    let search = format!(
        "{} {} {} {} {}",
        body.title,
        body.summary,
        body.description,
        body.tags.join(" "),
        lesson_titles.join(" ")
    );
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        number: Set(number),
        slug: Set(slug.to_owned()),
        title: Set(body.title.clone()),
        title_folded: Set(fold(&body.title)),
        summary: Set(body.summary.clone()),
        difficulty: Set(body.difficulty.as_str().to_owned()),
        category: Set(body.category.clone()),
        tags: Set(encode(&body.tags)?),
        visibility: Set(body.visibility.as_str().to_owned()),
        published_at: Set(published_at),
        search: Set(fold(&search)),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    if body.visibility == Visibility::Unlisted || body.tags.is_empty() {
        return Ok(());
    }
    let tags = body.tags.iter().map(|tag| catalogue_tag::ActiveModel {
        course_id: Set(course.uuid()),
        tag: Set(tag.clone()),
    });
    catalogue_tag::Entity::insert_many(tags)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Gives a listed course its new address.
pub(crate) async fn rename(
    db: &impl ConnectionTrait,
    course: CourseId,
    slug: &str,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Slug, Expr::value(slug))
        .filter(Column::CourseId.eq(course.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &CatalogueFilter,
    order: CatalogueOrder,
    slice: &Slice,
) -> Result<Page<CatalogueRecord>, DbErr> {
    let mut select = Entity::find()
        .filter(Column::Visibility.eq(Visibility::Public.as_str()))
        .filter(columns_like(Column::Search, &filter.words));
    if let Some(difficulty) = filter.difficulty.map(Difficulty::as_str) {
        select = select.filter(Column::Difficulty.eq(difficulty));
    }
    if let Some(category) = &filter.category {
        select = select.filter(Column::Category.eq(category.as_str()));
    }
    if let Some(tag) = &filter.tag {
        let tagged = catalogue_tag::Entity::find()
            .select_only()
            .column(catalogue_tag::Column::CourseId)
            .filter(catalogue_tag::Column::Tag.eq(tag.as_str()));
        select = select.filter(Column::CourseId.in_subquery(tagged.into_query()));
    }
    let total = match slice.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let id = Expr::col(Column::CourseId);
    let sorts = match order {
        CatalogueOrder::Newest => [Sort::desc(Expr::col(Column::PublishedAt)), Sort::desc(id)],
        CatalogueOrder::TitleUp => [
            Sort::asc(Expr::col(Column::TitleFolded)).text(),
            Sort::asc(id),
        ],
        CatalogueOrder::TitleDown => [
            Sort::desc(Expr::col(Column::TitleFolded)).text(),
            Sort::desc(id),
        ],
    };
    let rows = select_after(select, db.get_database_backend(), &sorts, slice)
        .all(db)
        .await?;
    let records: Result<Vec<_>, _> = rows.into_iter().map(record).collect();
    let mut page = Page::cut(records?, slice, |line| {
        let first = match order {
            CatalogueOrder::Newest => Key::Time(line.published_at),
            CatalogueOrder::TitleUp | CatalogueOrder::TitleDown => Key::Text(fold(&line.title)),
        };
        vec![first, Key::Id(line.course_id.uuid())]
    });
    page.total = total;
    Ok(page)
}

/// Every tag of listed courses with their number, in the order of the tags.
pub(crate) async fn tags(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    let mut tags: Vec<(String, i64)> = catalogue_tag::Entity::find()
        .select_only()
        .column(catalogue_tag::Column::Tag)
        .column_as(catalogue_tag::Column::CourseId.count(), "courses")
        .group_by(catalogue_tag::Column::Tag)
        .into_tuple()
        .all(db)
        .await?;
    tags.sort();
    Ok(tags)
}

/// Every category of listed courses with their number, in the order of the categories.
pub(crate) async fn categories(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    let mut categories: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Category)
        .column_as(Column::CourseId.count(), "courses")
        .filter(Column::Visibility.eq(Visibility::Public.as_str()))
        .filter(Column::Category.is_not_null())
        .group_by(Column::Category)
        .into_tuple()
        .all(db)
        .await?;
    categories.sort();
    Ok(categories)
}
