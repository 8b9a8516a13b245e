//! The tables of sessions, and of what belongs to them.

pub(crate) mod api_tokens;
pub(crate) mod known_callers;
pub(crate) mod refresh_tokens;

use chrono::{DateTime, Utc};
use kernel::{Place, SessionId, UserId};
use sea_orm::sea_query::{Expr, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, Set,
};
use uuid::Uuid;

use crate::entity::session::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// A login on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub device: String,
    pub ip_address: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// When the user last showed who they are, by a password or a second factor.
    pub authenticated_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

pub(crate) async fn insert(db: &impl ConnectionTrait, session: &Session) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(session.id.uuid()),
        user_id: Set(session.user_id.uuid()),
        device: Set(session.device.clone()),
        ip_address: Set(session.ip_address.clone()),
        created_at: Set(session.created_at),
        last_seen_at: Set(session.last_seen_at),
        authenticated_at: Set(session.authenticated_at),
        expires_at: Set(session.expires_at),
        ended_at: Set(session.ended_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The session, locked until the transaction ends, so that its tokens change one after another.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    id: SessionId,
) -> Result<Option<Session>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(record))
}

pub(crate) async fn find_open(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<Session>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .filter(Column::EndedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(record))
}

/// Notes that the user has shown again who they are.
pub(crate) async fn step_up(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::AuthenticatedAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Whose open session `id` is, or whose unexpired API token under that id.
pub(crate) fn owner(id: SessionId, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::Id.eq(id.uuid()))
        .and_where(Column::EndedAt.is_null())
        .and_where(Column::ExpiresAt.gt(now))
        .union(UnionType::All, api_tokens::owner(id.uuid().into(), now))
        .to_owned()
}

/// The next sessions of a user by id, which is the oldest first, also those that are over.
pub(crate) async fn page_of(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Session>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    let rows = database::rows_after::<Model, Uuid>(db, cursor, place).await?;
    Ok(rows.into_iter().map(record).collect())
}

pub(crate) async fn list_open(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, Error> {
    let rows = open_of(user, now).all(db).await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The open sessions of a user but for the `newest` most lately seen; at most as many again.
pub(crate) async fn list_open_beyond(
    db: &impl ConnectionTrait,
    user: UserId,
    newest: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, Error> {
    let rows = open_of(user, now)
        .offset(newest)
        .limit(newest)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

fn open_of(user: UserId, now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::LastSeenAt)
}

pub(crate) async fn touch(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends one open session of a user; returns whether there was one.
pub(crate) async fn end(
    db: &impl ConnectionTrait,
    user: UserId,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Ends the open sessions of a user but for `spared`; returns those that were ended.
pub(crate) async fn end_all(
    db: &impl ConnectionTrait,
    user: UserId,
    spared: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, Error> {
    let open = list_open(db, user, now).await?;
    let ending: Vec<SessionId> = open
        .into_iter()
        .map(|session| session.id)
        .filter(|id| Some(*id) != spared)
        .collect();
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(Column::Id.is_in(ending.iter().map(|id| id.uuid())))
        .filter(Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(ending)
}

/// Deletes all sessions of a user with their tokens; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}

/// Deletes the sessions that ended or ran out before `moment`, with their tokens; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, Error> {
    let over = Condition::any()
        .add(Column::EndedAt.lt(moment))
        .add(Column::ExpiresAt.lt(moment));
    Ok(database::delete_where::<Entity>(db, over).await?)
}

fn record(row: Model) -> Session {
    Session {
        id: row.id.into(),
        user_id: row.user_id.into(),
        device: row.device,
        ip_address: row.ip_address,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        authenticated_at: row.authenticated_at,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
    }
}
