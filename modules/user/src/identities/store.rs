//! The table of linked identities, and that of sign-ins under way.

pub(crate) mod flows;

use chrono::{DateTime, Utc};
use kernel::{IdentityId, Place, Role, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use uuid::Uuid;

use crate::entity::identity::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// A user's account at another provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub id: IdentityId,
    pub user_id: UserId,
    pub provider: String,
    /// Who the user is there.
    pub subject: String,
    /// The address that the provider sent last.
    pub email: Option<String>,
    /// The role that the user has because the provider says so.
    pub granted_role: Option<Role>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

pub(crate) async fn insert(db: &impl ConnectionTrait, identity: &Identity) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(identity.id.uuid()),
        user_id: Set(identity.user_id.uuid()),
        provider: Set(identity.provider.clone()),
        subject: Set(identity.subject.clone()),
        email: Set(identity.email.clone()),
        granted_role: Set(identity.granted_role.map(|role| role.into_str().to_owned())),
        created_at: Set(identity.created_at),
        last_used_at: Set(identity.last_used_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find_by_subject(
    db: &impl ConnectionTrait,
    provider: &str,
    subject: &str,
) -> Result<Option<Identity>, Error> {
    let row = Entity::find()
        .filter(Column::Provider.eq(provider))
        .filter(Column::Subject.eq(subject))
        .one(db)
        .await?;
    Ok(row.map(record))
}

/// A user's identities, the oldest first.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Vec<Identity>, Error> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The next identities of a user by id, which is the oldest first.
pub(crate) async fn page_of(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Identity>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    let rows = database::rows_after::<Model, Uuid>(db, cursor, place).await?;
    Ok(rows.into_iter().map(record).collect())
}

/// Records that an identity was used, and the address that its provider sent.
pub(crate) async fn touch(
    db: &impl ConnectionTrait,
    id: IdentityId,
    email: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::Email, Expr::value(email.map(str::to_owned)))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Records which role the user has because the provider says so.
pub(crate) async fn set_granted_role(
    db: &impl ConnectionTrait,
    id: IdentityId,
    role: Option<Role>,
) -> Result<(), Error> {
    let role = role.map(|role| role.into_str());
    Entity::update_many()
        .col_expr(Column::GrantedRole, Expr::value(role))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn count_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .count(db)
        .await?)
}

/// Takes all identities of a user away; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: IdentityId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

fn record(row: Model) -> Identity {
    Identity {
        id: row.id.into(),
        user_id: row.user_id.into(),
        provider: row.provider,
        subject: row.subject,
        email: row.email,
        granted_role: row.granted_role.and_then(|role| role.parse().ok()),
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    }
}
