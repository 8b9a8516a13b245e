//! The drafts of courses.

use chrono::{DateTime, Utc};
use contracts::course_ref::CourseRef;
use kernel::{CourseId, Page, PageRequest, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryResult, QuerySelect, QueryTrait, Select, Set,
};

use super::rows;
use crate::domain::collation::{caseless_key, sort_key};
use crate::domain::{CourseBody, CourseFilter, CourseOrder, Status, Terms, search_text};
use crate::entity::column::{bytes_of, contains, decode, encode, read_word, word};
use crate::entity::course::{ActiveModel, Column, Entity, Model};
use crate::entity::search::{condition, keys, sorts};
use crate::entity::{exercise, lesson, section, staff};
use crate::error::Error;

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
    /// Those of the newest published version; absent when there is none.
    pub(crate) terms: Option<Terms>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl CourseRecord {
    /// Whether everybody with an account may know of the course.
    pub(crate) fn is_open(&self) -> bool {
        let terms = self.terms.as_ref();
        terms.is_some_and(|terms| !terms.is_invite_only())
    }
}

impl FromQueryResult for CourseRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            id: row.id.into(),
            body: decode(&row.body)?,
            status: read_word(&row.status, "course.status")?,
            slug: row.slug,
            seed: row.seed,
            published_version: row.published_version,
            terms: row.terms.as_deref().map(decode).transpose()?,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn row(course: &CourseRecord) -> Result<ActiveModel, Error> {
    let body = &course.body;
    let named = [&body.title, &body.summary].into_iter().chain(&body.tags);
    Ok(ActiveModel {
        id: Set(course.id.uuid()),
        slug: Set(course.slug.clone()),
        title_key: Set(sort_key(&body.title)),
        search: Set(search_text(named.map(String::as_str))),
        difficulty: Set(word(&body.difficulty)?),
        language: Set(body.language.clone()),
        category: Set(body.category.clone()),
        category_key: Set(body.category.as_deref().map(caseless_key)),
        tags: Set(encode(&body.tags)?),
        status: Set(word(&course.status)?),
        body: Set(encode(body)?),
        prerequisites: Set(encode(&body.prerequisites)?),
        seed: Set(course.seed.clone()),
        published_version: Set(course.published_version),
        terms: Set(course.terms.as_ref().map(encode).transpose()?),
        version: Set(course.version),
        created_at: Set(course.created_at),
        updated_at: Set(course.updated_at),
    })
}

pub(crate) async fn insert(db: &impl ConnectionTrait, course: &CourseRecord) -> Result<(), Error> {
    rows::insert(db, row(course)?).await
}

pub(crate) async fn save(db: &impl ConnectionTrait, course: &CourseRecord) -> Result<(), Error> {
    row(course)?.update(db).await?;
    Ok(())
}

/// Notes that something within the draft has changed.
pub(crate) async fn touch(
    db: &impl ConnectionTrait,
    id: CourseId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: CourseId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

/// How many bytes the draft of a course has, with its sections, lessons and exercises. Neither
/// database reads the texts for it.
pub(crate) async fn size(db: &impl ConnectionTrait, id: CourseId) -> Result<i64, Error> {
    let id = id.uuid();
    let sizes = [
        bytes_of(Entity::find().filter(Column::Id.eq(id)), Column::Body),
        bytes_of(
            section::Entity::find().filter(section::Column::CourseId.eq(id)),
            section::Column::Body,
        ),
        bytes_of(
            lesson::Entity::find().filter(lesson::Column::CourseId.eq(id)),
            lesson::Column::Body,
        ),
        bytes_of(
            exercise::Entity::find().filter(exercise::Column::CourseId.eq(id)),
            exercise::Column::Body,
        ),
    ];
    let total = sizes.into_iter().reduce(ExprTrait::add);
    let total: Option<i64> = Entity::find_by_id(id)
        .select_only()
        .expr_as(total.unwrap_or_else(|| Expr::value(0)), "size")
        .into_tuple()
        .one(db)
        .await?;
    Ok(total.unwrap_or(0))
}

pub(super) fn named(course: &CourseRef) -> Select<Entity> {
    match course {
        CourseRef::Id(id) => Entity::find_by_id(id.uuid()),
        CourseRef::Slug(slug) => Entity::find().filter(Column::Slug.eq(slug.as_str())),
    }
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: &CourseRef,
) -> Result<Option<CourseRecord>, Error> {
    Ok(named(course).into_model().one(db).await?)
}

/// Finds a course and holds it until the commit, so that changes of one course happen one by one.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    course: &CourseRef,
) -> Result<Option<CourseRecord>, Error> {
    let held = named(course).lock_exclusive();
    Ok(held.into_model().one(db).await?)
}

pub(crate) async fn slug_taken(
    db: &impl ConnectionTrait,
    slug: &str,
    except: CourseId,
) -> Result<bool, Error> {
    let others = Entity::find()
        .filter(Column::Slug.eq(slug))
        .filter(Column::Id.ne(except.uuid()));
    Ok(others.count(db).await? > 0)
}

/// The courses that a user works on, drafts and all.
pub(crate) async fn list_of_user(
    db: &impl ConnectionTrait,
    user: UserId,
    filter: &CourseFilter,
    order: CourseOrder,
    page_request: &PageRequest,
) -> Result<Page<CourseRecord>, Error> {
    let theirs = staff::Entity::find()
        .select_only()
        .column(staff::Column::CourseId)
        .filter(staff::Column::UserId.eq(user.uuid()));
    let mut select = Entity::find()
        .filter(Column::Id.in_subquery(theirs.into_query()))
        .filter(condition(
            filter,
            [Column::Difficulty, Column::Language, Column::CategoryKey],
        )?);
    for wanted in &filter.words {
        let end = if wanted.whole { " " } else { "" };
        let wanted = format!(" {}{end}", wanted.word);
        select = select.filter(contains(Expr::col(Column::Search), &wanted));
    }
    if let Some(tag) = &filter.tag {
        // A tag has no quotes, so that this finds whole tags only.
        let quoted = format!("\"{tag}\"");
        select = select.filter(contains(Expr::col(Column::Tags), &quoted));
    }
    let sorts = sorts(order, [Column::CreatedAt, Column::TitleKey, Column::Id]);
    let keys = |course: &CourseRecord| {
        let title = &course.body.title;
        keys(order, course.created_at, title, course.id.uuid())
    };
    Ok(database::page(db, select, &sorts, page_request, keys).await?)
}
