//! Statements about the messages in people's inboxes.

use chrono::{DateTime, Utc};
use database::{Sort, select_after};
use kernel::{EventId, Key, NotificationId, Page, Slice, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Select, Set,
};

use crate::entity::notification::{ActiveModel, Column, Entity, Model};
use crate::message::{Category, MessageType};

/// A message in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotificationRecord {
    pub(crate) id: NotificationId,
    pub(crate) user_id: UserId,
    pub(crate) event_id: EventId,
    pub(crate) category: Category,
    pub(crate) message_type: MessageType,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) data: String,
    pub(crate) link: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) read_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

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

/// Writes a message; `false` when this event has already made one for this person.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    record: &NotificationRecord,
) -> Result<bool, DbErr> {
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
) -> Result<Option<NotificationRecord>, DbErr> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(Into::into))
}

/// A message that its owner can see.
pub(crate) async fn find_visible(
    db: &impl ConnectionTrait,
    id: NotificationId,
) -> Result<Option<NotificationRecord>, DbErr> {
    let row = Entity::find_by_id(id.uuid())
        .filter(Column::RemovedAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(Into::into))
}

/// As [`find_visible`], and nobody else changes it until the transaction ends.
pub(crate) async fn find_visible_locked(
    txn: &impl ConnectionTrait,
    id: NotificationId,
) -> Result<Option<NotificationRecord>, DbErr> {
    let row = Entity::find_by_id(id.uuid())
        .filter(Column::RemovedAt.is_null())
        .lock_exclusive()
        .one(txn)
        .await?;
    Ok(row.map(Into::into))
}

/// A person's messages, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    user: UserId,
    category: Option<Category>,
    unread: Option<bool>,
    slice: &Slice,
) -> Result<Page<NotificationRecord>, DbErr> {
    let mut select = visible(user);
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
    let total = if slice.count {
        Some(select.clone().count(db).await?)
    } else {
        None
    };
    let sorts = [
        Sort::desc(Column::CreatedAt.into_expr()),
        Sort::desc(Column::Id.into_expr()),
    ];
    let rows = select_after(select, db.get_database_backend(), &sorts, slice)
        .all(db)
        .await?;
    let mut page = Page::cut(rows, slice, |row| {
        vec![Key::Time(row.created_at), Key::Id(row.id)]
    });
    page.total = total;
    Ok(page.map(Into::into))
}

pub(crate) async fn count_unread(db: &impl ConnectionTrait, user: UserId) -> Result<u64, DbErr> {
    visible(user)
        .filter(Column::ReadAt.is_null())
        .count(db)
        .await
}

pub(crate) async fn set_read(
    db: &impl ConnectionTrait,
    id: NotificationId,
    read_at: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ReadAt, Expr::value(read_at))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Marks all of a person's unread messages; tells how many there were.
pub(crate) async fn set_all_read(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let marked = Entity::update_many()
        .col_expr(Column::ReadAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
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
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RemovedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes all that a person was ever told, with its deliveries; returns how much that was.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, DbErr> {
    let deleted = Entity::delete_many()
        .filter(Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

fn visible(user: UserId) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RemovedAt.is_null())
}
