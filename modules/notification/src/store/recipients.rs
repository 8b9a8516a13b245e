//! Statements about the people whom the module writes to.

use chrono::{DateTime, Utc};
use kernel::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::entity::{forgotten, recipient};

/// How to reach a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) user_id: UserId,
    pub(crate) display_name: String,
    pub(crate) email: String,
    pub(crate) locale: String,
    pub(crate) time_zone: String,
}

/// Takes over what the person's event numbered `sequence` says, unless a newer one was heard.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    person: Recipient,
    sequence: i64,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = recipient::ActiveModel {
        user_id: Set(person.user_id.uuid()),
        display_name: Set(person.display_name),
        email: Set(person.email),
        locale: Set(person.locale),
        time_zone: Set(person.time_zone),
        updated_at: Set(now),
        heard: Set(sequence),
    };
    let replace = OnConflict::column(recipient::Column::UserId)
        .update_columns([
            recipient::Column::DisplayName,
            recipient::Column::Email,
            recipient::Column::Locale,
            recipient::Column::TimeZone,
            recipient::Column::UpdatedAt,
            recipient::Column::Heard,
        ])
        .action_and_where(Expr::col((recipient::Entity, recipient::Column::Heard)).lte(sequence))
        .to_owned();
    recipient::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Recipient>, DbErr> {
    let row = recipient::Entity::find_by_id(user.uuid()).one(db).await?;
    Ok(row.map(|row| Recipient {
        user_id: row.user_id.into(),
        display_name: row.display_name,
        email: row.email,
        locale: row.locale,
        time_zone: row.time_zone,
    }))
}

/// Deletes how to reach a person; returns how many rows that were.
pub(crate) async fn delete(db: &impl ConnectionTrait, user: UserId) -> Result<u64, DbErr> {
    let deleted = recipient::Entity::delete_many()
        .filter(recipient::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

pub(crate) async fn forget(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = forgotten::ActiveModel {
        user_id: Set(user.uuid()),
        forgotten_at: Set(now),
    };
    let keep = OnConflict::column(forgotten::Column::UserId)
        .do_nothing()
        .to_owned();
    forgotten::Entity::insert(row)
        .on_conflict(keep)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn is_forgotten(db: &impl ConnectionTrait, user: UserId) -> Result<bool, DbErr> {
    let row = forgotten::Entity::find_by_id(user.uuid()).one(db).await?;
    Ok(row.is_some())
}
