//! Published versions without their lessons and exercises.

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use database::Sort;
use kernel::{CourseId, Key, Keyed, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryResult,
    QuerySelect, Set,
};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::VersionMeta;
use crate::entity::column::{decode, encode};
use crate::entity::course_version::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// A published version without its lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionRecord {
    pub(crate) course_id: CourseId,
    pub(crate) number: i64,
    pub(crate) change_notes: String,
    pub(crate) published_by: Option<UserId>,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) meta: VersionMeta,
    pub(crate) outline: OutlineView,
    /// How many bytes the two have as they are kept; 0 before.
    pub(crate) bytes: usize,
}

impl VersionRecord {
    /// How long its lessons take together.
    pub(crate) fn duration_minutes(&self) -> i32 {
        let sections = self.outline.sections.iter();
        let lessons = sections.flat_map(|section| &section.lessons);
        lessons.map(|lesson| lesson.minutes).sum()
    }
}

/// What a list says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionHead {
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) change_notes: String,
    pub(crate) published_by: Option<UserId>,
    pub(crate) published_at: DateTime<Utc>,
}

impl FromQueryResult for VersionHead {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        Ok(Self {
            number: row.try_get(pre, "number")?,
            title: row.try_get(pre, "title")?,
            change_notes: row.try_get(pre, "change_notes")?,
            published_by: row
                .try_get::<Option<Uuid>>(pre, "published_by")?
                .map(UserId::from),
            published_at: row.try_get(pre, "published_at")?,
        })
    }
}

fn record(row: Model) -> Result<VersionRecord, Error> {
    Ok(VersionRecord {
        course_id: row.course_id.into(),
        number: row.number,
        change_notes: row.change_notes,
        published_by: row.published_by.map(UserId::from),
        published_at: row.published_at,
        bytes: row.meta.len() + row.outline.len(),
        meta: decode(&row.meta)?,
        outline: decode(&row.outline)?,
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    version: &VersionRecord,
) -> Result<(), Error> {
    let (meta, outline) = (encode(&version.meta)?, encode(&version.outline)?);
    let bytes = meta.len() + outline.len() + version.change_notes.len();
    let row = ActiveModel {
        course_id: Set(version.course_id.uuid()),
        number: Set(version.number),
        title: Set(version.meta.course.title.clone()),
        change_notes: Set(version.change_notes.clone()),
        published_by: Set(version.published_by.map(UserId::uuid)),
        published_at: Set(version.published_at),
        meta: Set(meta),
        outline: Set(outline),
        bytes: Set(i64::try_from(bytes).unwrap_or(i64::MAX)),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<Option<VersionRecord>, Error> {
    let found = Entity::find_by_id((course.uuid(), number)).one(db).await?;
    found.map(record).transpose()
}

/// The versions of a course, the newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    page_request: &PageRequest,
) -> Result<Page<VersionHead>, Error> {
    let select = Entity::find().filter(Column::CourseId.eq(course.uuid()));
    let sorts = [Sort::desc(Expr::col(Column::Number))];
    let heads = select.select_only().columns([
        Column::Number,
        Column::Title,
        Column::ChangeNotes,
        Column::PublishedBy,
        Column::PublishedAt,
    ]);
    let keys = |version: &VersionHead| vec![Key::Int(version.number)];
    Ok(database::page(db, heads, &sorts, page_request, keys).await?)
}

/// Takes a person's name off what they have published; returns from how many versions.
pub(crate) async fn erase(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let changed = Entity::update_many()
        .col_expr(Column::PublishedBy, Expr::value(Option::<Uuid>::None))
        .filter(Column::PublishedBy.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected)
}

/// A version as the export of whoever published it shows it.
#[derive(FromQueryResult, Serialize)]
struct Published {
    course_id: Uuid,
    #[serde(rename = "version")]
    number: i64,
    published_at: DateTime<Utc>,
}

/// The versions that a user has published, by course and number, and when.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find()
        .filter(Column::PublishedBy.eq(user.uuid()))
        .select_only()
        .columns([Column::CourseId, Column::Number, Column::PublishedAt]);
    let cursor = theirs
        .cursor_by((Column::CourseId, Column::Number))
        .into_model::<Published>();
    let key = |row: &Published| (row.course_id, row.number);
    Ok(database::export_after(db, cursor, place, key).await?)
}
