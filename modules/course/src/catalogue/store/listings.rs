//! What the catalogue lists: the newest version of every published course.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{CourseId, Key, Page, PageRequest};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, Select, Set,
};

use super::words::Counted;
use super::{hits, index};
use crate::domain::collation::{caseless_key, sort_key};
use crate::domain::{CourseBody, CourseFilter, CourseOrder, Difficulty, Visibility};
use crate::entity::catalogue::{ActiveModel, Column, Entity, Model};
use crate::entity::catalogue_tag;
use crate::entity::column::{bytewise, decode, encode, first_of, read_word, word};
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
    pub(crate) language: String,
    pub(crate) author_names: Vec<String>,
    pub(crate) license: Option<String>,
    pub(crate) duration_minutes: i32,
    pub(crate) category: Option<String>,
    pub(crate) cover: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) published_at: DateTime<Utc>,
    /// How well it fits what was looked for; 0 where the list is not sorted by it.
    pub(crate) score: i64,
}

/// How many courses have each word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facets {
    pub(crate) difficulties: Vec<Counted>,
    pub(crate) languages: Vec<Counted>,
    pub(crate) categories: Vec<Counted>,
    pub(crate) tags: Vec<Counted>,
}

/// How many languages, categories and tags are told of what was found.
const MOST_NAMED: u64 = 20;

impl FromQueryResult for CatalogueRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let score = row.try_get_nullable(pre, "score").ok().flatten();
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            course_id: row.course_id.into(),
            number: row.number,
            slug: row.slug,
            title: row.title,
            summary: row.summary,
            difficulty: read_word(&row.difficulty, "catalogue.difficulty")?,
            language: row.language,
            author_names: decode(&row.author_names)?,
            license: row.license,
            duration_minutes: row.duration_minutes,
            category: row.category,
            cover: row.cover,
            tags: decode(&row.tags)?,
            published_at: row.published_at,
            score: score.unwrap_or(0),
        })
    }
}

/// Takes a course out of the catalogue.
pub(crate) async fn remove(db: &impl ConnectionTrait, course: CourseId) -> Result<(), Error> {
    index::put(db, course, BTreeMap::new()).await?;
    remove_line(db, course).await
}

async fn remove_line(db: &impl ConnectionTrait, course: CourseId) -> Result<(), Error> {
    Entity::delete_by_id(course.uuid()).exec(db).await?;
    catalogue_tag::Entity::delete_many()
        .filter(catalogue_tag::Column::CourseId.eq(course.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// A version that is listed.
pub(crate) struct Listed<'v> {
    pub(crate) course: CourseId,
    pub(crate) number: i64,
    pub(crate) slug: &'v str,
    pub(crate) body: &'v CourseBody,
    pub(crate) duration_minutes: i32,
    pub(crate) published_at: DateTime<Utc>,
    /// By what it is found, as [`crate::domain::search::indexed`] says.
    pub(crate) words: BTreeMap<String, i32>,
}

/// Puts a version of a course into the catalogue, in place of an older one.
pub(crate) async fn put(db: &impl ConnectionTrait, listed: Listed<'_>) -> Result<(), Error> {
    let (course, body) = (listed.course, listed.body);
    remove_line(db, course).await?;
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        number: Set(listed.number),
        slug: Set(listed.slug.to_owned()),
        title: Set(body.title.clone()),
        title_key: Set(sort_key(&body.title)),
        summary: Set(body.summary.clone()),
        difficulty: Set(word(&body.difficulty)?),
        language: Set(body.language.clone()),
        author_names: Set(encode(&body.author_names)?),
        license: Set(body.license.clone()),
        duration_minutes: Set(listed.duration_minutes),
        category: Set(body.category.clone()),
        category_key: Set(body.category.as_deref().map(caseless_key)),
        cover: Set(body.cover.clone()),
        tags: Set(encode(&body.tags)?),
        visibility: Set(word(&body.visibility)?),
        published_at: Set(listed.published_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    if body.visibility != Visibility::Public {
        return index::put(db, course, BTreeMap::new()).await;
    }
    index::put(db, course, listed.words).await?;
    if body.tags.is_empty() {
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

/// The lines that a filter lets through.
fn filtered(filter: &CourseFilter) -> Result<Select<Entity>, Error> {
    let mut select = Entity::find()
        .filter(Column::Visibility.eq(word(&Visibility::Public)?))
        .filter(condition(
            filter,
            [Column::Difficulty, Column::Language, Column::CategoryKey],
        )?);
    if let Some(tag) = &filter.tag {
        let tagged = catalogue_tag::Entity::find()
            .select_only()
            .column(catalogue_tag::Column::CourseId)
            .filter(catalogue_tag::Column::Tag.eq(tag.as_str()));
        select = select.filter(Column::CourseId.in_subquery(tagged.into_query()));
    }
    Ok(select)
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &CourseFilter,
    order: CourseOrder,
    page_request: &PageRequest,
) -> Result<Page<CatalogueRecord>, Error> {
    let mut select = filtered(filter)?;
    let hits = hits::matching_courses(db, &filter.words).await?;
    let by_relevance = order == CourseOrder::Relevance && hits.is_some();
    let mut sorts = sorts(
        order,
        [Column::PublishedAt, Column::TitleKey, Column::CourseId],
    );
    if let Some(hits) = hits {
        hits::join(&mut select, hits, Column::CourseId);
        if by_relevance {
            let score = Expr::col(hits::SCORE);
            select = select.expr_as(score.clone(), "score");
            sorts.insert(0, Sort::desc(score));
        }
    }
    let keys = |line: &CatalogueRecord| {
        let mut keys = keys(order, line.published_at, &line.title, line.course_id.uuid());
        if by_relevance {
            keys.insert(0, Key::Int(line.score));
        }
        keys
    };
    Ok(database::page(db, select, &sorts, page_request, keys).await?)
}

/// How many of the courses that a filter lets through have each difficulty, language, category and tag; the most
/// common ones first.
pub(crate) async fn facets(
    db: &impl ConnectionTrait,
    filter: &CourseFilter,
) -> Result<Facets, Error> {
    let hits = hits::matching_courses(db, &filter.words).await?;
    let found = || -> Result<Select<Entity>, Error> {
        let mut select = filtered(filter)?;
        if let Some(hits) = hits.clone() {
            hits::join(&mut select, hits, Column::CourseId);
        }
        Ok(select)
    };
    let backend = db.get_database_backend();
    let courses = || Expr::cust("COUNT(*)");
    let difficulties = found()?
        .select_only()
        .column(Column::Difficulty)
        .expr_as(courses(), "courses")
        .group_by(Column::Difficulty)
        .order_by_asc(Column::Difficulty)
        .into_tuple()
        .all(db)
        .await?;
    let languages = found()?
        .select_only()
        .column(Column::Language)
        .expr_as(courses(), "courses")
        .group_by(Column::Language)
        .order_by_desc(courses())
        .order_by_asc(bytewise(backend, Column::Language))
        .limit(MOST_NAMED)
        .into_tuple()
        .all(db)
        .await?;
    let categories = found()?
        .filter(Column::CategoryKey.is_not_null())
        .select_only()
        .expr_as(first_of(backend, Column::Category), "name")
        .expr_as(courses(), "courses")
        .group_by(Column::CategoryKey)
        .order_by_desc(courses())
        .order_by_asc(bytewise(backend, Column::CategoryKey))
        .limit(MOST_NAMED)
        .into_tuple()
        .all(db)
        .await?;
    let found = found()?.select_only().column(Column::CourseId);
    let tags = catalogue_tag::Entity::find()
        .filter(catalogue_tag::Column::CourseId.in_subquery(found.into_query()))
        .select_only()
        .column(catalogue_tag::Column::Tag)
        .expr_as(courses(), "courses")
        .group_by(catalogue_tag::Column::Tag)
        .order_by_desc(courses())
        .order_by_asc(bytewise(backend, catalogue_tag::Column::Tag))
        .limit(MOST_NAMED)
        .into_tuple()
        .all(db)
        .await?;
    Ok(Facets {
        difficulties,
        languages,
        categories,
        tags,
    })
}
