//! Statements about recipients and about users whose account is gone.

use chrono::{DateTime, Utc};
use kernel::{Keyed, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::domain::Recipient;
use crate::entity::{erased_user, recipient};
use crate::error::Error;

/// Takes over what the user's event numbered `sequence` says, unless a newer one came before it.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    recipient: Recipient,
    sequence: i64,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = recipient::ActiveModel {
        user_id: Set(recipient.user_id.uuid()),
        display_name: Set(recipient.display_name),
        email: Set(recipient.email),
        email_verified: Set(recipient.email_verified),
        locale: Set(recipient.locale),
        time_zone: Set(recipient.time_zone),
        updated_at: Set(now),
        user_sequence: Set(sequence),
    };
    let replace = OnConflict::column(recipient::Column::UserId)
        .update_columns([
            recipient::Column::DisplayName,
            recipient::Column::Email,
            recipient::Column::EmailVerified,
            recipient::Column::Locale,
            recipient::Column::TimeZone,
            recipient::Column::UpdatedAt,
            recipient::Column::UserSequence,
        ])
        .action_and_where(
            Expr::col((recipient::Entity, recipient::Column::UserSequence)).lte(sequence),
        )
        .to_owned();
    recipient::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes over from the user's event numbered `sequence` that their address is verified, unless a newer one came
/// before it.
pub(crate) async fn set_verified(
    db: &impl ConnectionTrait,
    user: UserId,
    sequence: i64,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    recipient::Entity::update_many()
        .col_expr(recipient::Column::EmailVerified, Expr::value(true))
        .col_expr(recipient::Column::UpdatedAt, Expr::value(now))
        .col_expr(recipient::Column::UserSequence, Expr::value(sequence))
        .filter(recipient::Column::UserId.eq(user.uuid()))
        .filter(recipient::Column::UserSequence.lte(sequence))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Recipient>, Error> {
    let row = recipient::Entity::find_by_id(user.uuid()).one(db).await?;
    Ok(row.map(|row| Recipient {
        user_id: row.user_id.into(),
        display_name: row.display_name,
        email: row.email,
        email_verified: row.email_verified,
        locale: row.locale,
        time_zone: row.time_zone,
    }))
}

/// Deletes how to reach a user; returns how many rows that were.
pub(crate) async fn delete(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let theirs = recipient::Column::UserId.eq(user.uuid());
    Ok(database::delete_where::<recipient::Entity>(db, theirs).await?)
}

/// Remembers that the account of a user is gone.
pub(crate) async fn mark_erased(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = erased_user::ActiveModel {
        user_id: Set(user.uuid()),
        erased_at: Set(now),
    };
    let keep = OnConflict::column(erased_user::Column::UserId)
        .do_nothing()
        .to_owned();
    erased_user::Entity::insert(row)
        .on_conflict(keep)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn is_erased(db: &impl ConnectionTrait, user: UserId) -> Result<bool, Error> {
    let row = erased_user::Entity::find_by_id(user.uuid()).one(db).await?;
    Ok(row.is_some())
}

/// The row of a user, for the export of their account.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let rows = recipient::Entity::find().filter(recipient::Column::UserId.eq(user.uuid()));
    let cursor = rows.cursor_by(recipient::Column::UserId);
    Ok(database::export_after(db, cursor, place, |row| row.user_id).await?)
}
