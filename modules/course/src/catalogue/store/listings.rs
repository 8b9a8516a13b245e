//! What the catalogue lists: the newest version of every published course.

use chrono::{DateTime, Utc};
use kernel::text::fold;
use kernel::{CourseId, Page, PageRequest};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, Set,
};

use crate::domain::{CourseBody, CourseFilter, CourseOrder, Difficulty, Visibility, search_text};
use crate::entity::catalogue::{ActiveModel, Column, Entity, Model};
use crate::entity::catalogue_tag;
use crate::entity::column::{decode, encode, read_word, word};
use crate::entity::search::{condition, keys, sorts};
use crate::error::Error;

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

impl FromQueryResult for CatalogueRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            course_id: row.course_id.into(),
            number: row.number,
            slug: row.slug,
            title: row.title,
            summary: row.summary,
            difficulty: read_word(&row.difficulty, "catalogue.difficulty")?,
            category: row.category,
            tags: decode(&row.tags)?,
            published_at: row.published_at,
        })
    }
}

/// Takes a course out of the catalogue.
pub(crate) async fn remove(db: &impl ConnectionTrait, course: CourseId) -> Result<(), Error> {
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
) -> Result<(), Error> {
    remove(db, course).await?;
    let named = [&body.title, &body.summary].into_iter().chain(&body.tags);
    let searched = named.chain(lesson_titles).chain([&body.description]);
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        number: Set(number),
        slug: Set(slug.to_owned()),
        title: Set(body.title.clone()),
        title_folded: Set(fold(&body.title)),
        summary: Set(body.summary.clone()),
        difficulty: Set(word(&body.difficulty)?),
        category: Set(body.category.clone()),
        tags: Set(encode(&body.tags)?),
        visibility: Set(word(&body.visibility)?),
        published_at: Set(published_at),
        search: Set(search_text(searched.map(String::as_str))),
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
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Slug, Expr::value(slug))
        .filter(Column::CourseId.eq(course.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &CourseFilter,
    order: CourseOrder,
    page_request: &PageRequest,
) -> Result<Page<CatalogueRecord>, Error> {
    let searched = [Column::Search, Column::Difficulty, Column::Category];
    let mut select = Entity::find()
        .filter(Column::Visibility.eq(word(&Visibility::Public)?))
        .filter(condition(filter, searched)?);
    if let Some(tag) = &filter.tag {
        let tagged = catalogue_tag::Entity::find()
            .select_only()
            .column(catalogue_tag::Column::CourseId)
            .filter(catalogue_tag::Column::Tag.eq(tag.as_str()));
        select = select.filter(Column::CourseId.in_subquery(tagged.into_query()));
    }
    let sorts = sorts(
        order,
        [Column::PublishedAt, Column::TitleFolded, Column::CourseId],
    );
    let keys =
        |line: &CatalogueRecord| keys(order, line.published_at, &line.title, line.course_id.uuid());
    Ok(database::page(db, select, &sorts, page_request, keys).await?)
}
