//! Statements about notifications.

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{Key, Keyed, NotificationId, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select,
    Set, UpdateMany, Value,
};

use super::record::NotificationRecord;
use crate::domain::Category;
use crate::entity::notification::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

impl From<Model> for NotificationRecord {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            event_id: row.event_id.into(),
            category: row.category,
            message_type: row.kind,
            title: row.title,
            body: row.body,
            data: row.data,
            link: row.link,
            created_at: row.created_at,
            read_at: row.read_at,
            version: row.version,
        }
    }
}

/// Writes a message; `false` when this event has already made one for this user.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    record: &NotificationRecord,
) -> Result<bool, Error> {
    let row = ActiveModel {
        id: Set(record.id.uuid()),
        user_id: Set(record.user_id.uuid()),
        event_id: Set(record.event_id.uuid()),
        category: Set(record.category),
        kind: Set(record.message_type),
        title: Set(record.title.clone()),
        body: Set(record.body.clone()),
        data: Set(record.data.clone()),
        link: Set(record.link.clone()),
        created_at: Set(record.created_at),
        read_at: Set(record.read_at),
        removed_at: Set(None),
        version: Set(record.version),
    };
    let once = OnConflict::columns([Column::UserId, Column::EventId])
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// A message whether it was removed or not, for its deliveries.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: NotificationId,
) -> Result<Option<NotificationRecord>, Error> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(Into::into))
}

/// A message that its owner can see.
pub(crate) async fn find_visible(
    db: &impl ConnectionTrait,
    id: NotificationId,
) -> Result<Option<NotificationRecord>, Error> {
    Ok(visible(id).one(db).await?.map(Into::into))
}

/// As [`find_visible`], and nobody else changes it until the transaction ends.
pub(crate) async fn find_visible_locked(
    txn: &impl ConnectionTrait,
    id: NotificationId,
) -> Result<Option<NotificationRecord>, Error> {
    let row = visible(id).lock_exclusive().one(txn).await?;
    Ok(row.map(Into::into))
}

/// A user's messages, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    user: UserId,
    category: Option<Category>,
    unread: Option<bool>,
    page_request: &PageRequest,
) -> Result<Page<NotificationRecord>, Error> {
    let mut select = visible_to(user);
    if let Some(category) = category {
        select = select.filter(Column::Category.eq(category));
    }
    if let Some(unread) = unread {
        select = select.filter(if unread {
            Column::ReadAt.is_null()
        } else {
            Column::ReadAt.is_not_null()
        });
    }
    let sorts = [Column::CreatedAt, Column::Id].map(|column| Sort::desc(Expr::col(column)));
    let keys = |row: &Model| vec![Key::Time(row.created_at), Key::Id(row.id)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(Into::into))
}

pub(crate) async fn count_unread(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let unread = visible_to(user).filter(Column::ReadAt.is_null());
    Ok(unread.count(db).await?)
}

pub(crate) async fn set_read(
    db: &impl ConnectionTrait,
    id: NotificationId,
    read_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    change(Column::ReadAt, read_at)
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Marks all unread notifications of a user; returns how many there were.
pub(crate) async fn set_all_read(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let marked = change(Column::ReadAt, now)
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RemovedAt.is_null())
        .filter(Column::ReadAt.is_null())
        .exec(db)
        .await?;
    Ok(marked.rows_affected)
}

pub(crate) async fn remove(
    db: &impl ConnectionTrait,
    id: NotificationId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    change(Column::RemovedAt, now)
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes all notifications of a user, with their deliveries; returns how many.
pub(crate) async fn delete_all_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}

/// The next rows of a user, for the export of their account.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    Ok(database::export_after(db, cursor, place, |row| row.id).await?)
}

/// Writes one column and raises the version with it.
fn change(column: Column, value: impl Into<Value>) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(column, Expr::value(value))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
}

fn visible(id: NotificationId) -> Select<Entity> {
    Entity::find_by_id(id.uuid()).filter(Column::RemovedAt.is_null())
}

fn visible_to(user: UserId) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RemovedAt.is_null())
}
