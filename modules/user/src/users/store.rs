//! The table of users. Whoever changes a user locks them first, so that the version that was read is
//! still true at the update.

mod names;
mod record;
mod search;

use chrono::{DateTime, Utc};
use kernel::{Roles, UserId};
use sea_orm::sea_query::{Expr, LockType, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QuerySelect, Select, Set,
};
use uuid::Uuid;

use crate::domain::{Rights, UserRecord, email_address};
use crate::entity::account::{ActiveModel, Column, Entity};
use crate::error::Error;
use record::{model, record};

pub(crate) use names::identify;
pub(crate) use search::{Search, count_admins, list, lock_admins};

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    account: &UserRecord,
    password_hash: &str,
) -> Result<(), Error> {
    let mut row: ActiveModel = model(account).into_active_model().reset_all();
    row.password_hash = Set(password_hash.to_owned());
    let inserted = Entity::insert(row).exec_without_returning(db).await;
    inserted.map(drop).map_err(taken)
}

/// Writes everything but the password.
pub(crate) async fn update(db: &impl ConnectionTrait, account: &UserRecord) -> Result<(), Error> {
    let mut row: ActiveModel = model(account).into_active_model().reset_all();
    row.password_hash = sea_orm::NotSet;
    row.update(db).await.map(drop).map_err(taken)
}

/// Writes a new password hash and nothing else.
pub(crate) async fn set_password(
    db: &impl ConnectionTrait,
    id: UserId,
    password_hash: &str,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(password_hash))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The hash of a user's password; empty when they have none.
pub(crate) async fn password_hash(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<Option<String>, Error> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row
        .map(|row| row.password_hash)
        .filter(|hash| !hash.is_empty()))
}

pub(crate) async fn find_by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<UserRecord>, Error> {
    let row = with_email(email).one(db).await?;
    Ok(row.map(record))
}

/// The account with an address, locked as `find_for_change` does.
pub(crate) async fn find_by_email_for_change(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<UserRecord>, Error> {
    let row = with_email(email)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row.map(record))
}

fn with_email(email: &str) -> Select<Entity> {
    Entity::find().filter(Column::EmailFolded.eq(email_address::key(email)))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<Option<UserRecord>, Error> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(record))
}

/// The account of a user who was not erased.
pub(crate) async fn get(db: &impl ConnectionTrait, id: UserId) -> Result<UserRecord, Error> {
    let account = find(db, id).await?;
    let account = account.filter(|account| account.erased_at.is_none());
    account.ok_or(Error::NoAccount)
}

/// The living account, locked until the transaction ends, so that its version is still true at the
/// update. Rows that refer to it may be written meanwhile: a key is never changed.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<Option<UserRecord>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .filter(Column::ErasedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row.map(record))
}

/// As [`find_for_change`], where there has to be an account.
pub(crate) async fn get_for_change(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<UserRecord, Error> {
    find_for_change(db, id).await?.ok_or(Error::NoAccount)
}

/// The living account that a one-time token belongs to, locked until the transaction ends.
pub(crate) async fn owner_of(
    db: &impl ConnectionTrait,
    user: Option<UserId>,
) -> Result<UserRecord, Error> {
    let account = match user {
        Some(user) => find_for_change(db, user).await?,
        None => None,
    };
    let account = account.filter(|account| !account.disabled);
    account.ok_or(Error::OneTimeTokenRefused)
}

pub(crate) async fn find_many(
    db: &impl ConnectionTrait,
    ids: &[UserId],
) -> Result<Vec<UserRecord>, Error> {
    let ids = ids.iter().map(|id| id.uuid());
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(record).collect())
}

/// What the user whose id `owner` selects may do at present; `None` when they are locked out. Every
/// request asks for it, so it is one statement of few columns.
pub(crate) async fn find_rights(
    db: &impl ConnectionTrait,
    owner: SelectStatement,
) -> Result<Option<Rights>, Error> {
    let row: Option<(Uuid, String, DateTime<Utc>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Roles, Column::RightsChangedAt])
        .filter(Column::Id.in_subquery(owner))
        .filter(Column::Disabled.eq(false))
        .filter(Column::DeletionScheduledAt.is_null())
        .filter(Column::ErasedAt.is_null())
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.map(|(id, roles, since)| Rights {
        user: id.into(),
        roles: Roles::from_words(&roles),
        since,
    }))
}

/// Dates the last change of a user's rights.
pub(crate) async fn set_rights_changed_at(
    db: &impl ConnectionTrait,
    id: UserId,
    moment: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::RightsChangedAt, Expr::value(moment))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// By folded username or folded email address, with the password hash.
pub(crate) async fn find_login(
    db: &impl ConnectionTrait,
    folded: &str,
) -> Result<Option<(UserRecord, String)>, Error> {
    let either = Condition::any()
        .add(Column::UsernameFolded.eq(folded))
        .add(Column::EmailFolded.eq(email_address::key(folded)));
    let row = Entity::find()
        .filter(either)
        .filter(Column::ErasedAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| {
        let hash = row.password_hash.clone();
        (record(row), hash)
    }))
}

pub(crate) async fn is_username_taken(
    db: &impl ConnectionTrait,
    username: &str,
) -> Result<bool, Error> {
    let folded = kernel::text::fold(username);
    let count = Entity::find()
        .filter(Column::UsernameFolded.eq(folded))
        .count(db)
        .await?;
    Ok(count > 0)
}

pub(crate) async fn is_email_taken(db: &impl ConnectionTrait, email: &str) -> Result<bool, Error> {
    Ok(with_email(email).count(db).await? > 0)
}

/// What somebody else has taken in a transaction that overlapped with this one.
fn taken(error: DbErr) -> Error {
    if !database::is_unique_violation(&error) {
        return error.into();
    }
    match error.to_string().contains("email_folded") {
        true => Error::Taken("email"),
        false => Error::Taken("username"),
    }
}
