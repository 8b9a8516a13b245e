//! Sessions and their refresh tokens.

use chrono::{DateTime, Utc};
use kernel::{SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Set,
};

use crate::entity::{person, refresh_token, session};

/// A login on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub device: String,
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// When the person last showed who they are, by a password or a second factor.
    pub authenticated_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A refresh token that was issued once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub session_id: SessionId,
    pub used_at: Option<DateTime<Utc>>,
}

pub(crate) async fn insert(db: &impl ConnectionTrait, session: &Session) -> Result<(), DbErr> {
    let row = session::ActiveModel {
        id: Set(session.id.uuid()),
        user_id: Set(session.user_id.uuid()),
        device: Set(session.device.clone()),
        address: Set(session.address.clone()),
        created_at: Set(session.created_at),
        last_seen_at: Set(session.last_seen_at),
        authenticated_at: Set(session.authenticated_at),
        expires_at: Set(session.expires_at),
        ended_at: Set(session.ended_at),
    };
    session::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The session, locked until the transaction ends, so that its tokens change one after another.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    id: SessionId,
) -> Result<Option<Session>, DbErr> {
    let row = session::Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(to_session))
}

pub(crate) async fn find_open(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<Session>, DbErr> {
    let row = session::Entity::find_by_id(id.uuid())
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(to_session))
}

/// Notes that the person has shown again who they are.
pub(crate) async fn step_up(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::AuthenticatedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// When the rights of the person last changed whose session or API token `id` is; `None` when it
/// is not open or the person is shut out.
pub(crate) async fn standing(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<(UserId, DateTime<Utc>)>, DbErr> {
    let open = session::Entity::find_by_id(id.uuid())
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    let owner = match open {
        Some(open) => Some(open.user_id),
        None => super::api_tokens::owner(db, id.uuid(), now).await?,
    };
    let Some(owner) = owner else {
        return Ok(None);
    };
    let owner = person::Entity::find_by_id(owner)
        .filter(person::Column::Disabled.eq(false))
        .filter(person::Column::FrozenAt.is_null())
        .filter(person::Column::ErasedAt.is_null())
        .one(db)
        .await?;
    Ok(owner.map(|owner| (owner.id.into(), owner.rights_changed_at)))
}

pub(crate) async fn list_open(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, DbErr> {
    let rows = open_of(user, now).all(db).await?;
    Ok(rows.into_iter().map(to_session).collect())
}

/// The open sessions of a person but for the `newest` most lately seen; at most as many again.
pub(crate) async fn list_open_beyond(
    db: &impl ConnectionTrait,
    user: UserId,
    newest: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, DbErr> {
    let rows = open_of(user, now)
        .offset(newest)
        .limit(newest)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_session).collect())
}

fn open_of(user: UserId, now: DateTime<Utc>) -> Select<session::Entity> {
    session::Entity::find()
        .filter(session::Column::UserId.eq(user.uuid()))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .order_by_desc(session::Column::LastSeenAt)
}

pub(crate) async fn touch(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends one open session of a person; returns whether there was one.
pub(crate) async fn end(
    db: &impl ConnectionTrait,
    user: UserId,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.uuid()))
        .filter(session::Column::UserId.eq(user.uuid()))
        .filter(session::Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Ends the open sessions of a person but for `spared`; returns those that were ended.
pub(crate) async fn end_all(
    db: &impl ConnectionTrait,
    user: UserId,
    spared: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, DbErr> {
    let open = list_open(db, user, now).await?;
    let ending: Vec<SessionId> = open
        .into_iter()
        .map(|session| session.id)
        .filter(|id| Some(*id) != spared)
        .collect();
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::Column::Id.is_in(ending.iter().map(|id| id.uuid())))
        .filter(session::Column::EndedAt.is_null())
        .exec(db)
        .await?;
    Ok(ending)
}

/// Deletes the sessions that ended or ran out before `moment`, with their tokens; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let over = Condition::any()
        .add(session::Column::EndedAt.lt(moment))
        .add(session::Column::ExpiresAt.lt(moment));
    let deleted = session::Entity::delete_many().filter(over).exec(db).await?;
    Ok(deleted.rows_affected)
}

pub(crate) async fn insert_token(
    db: &impl ConnectionTrait,
    hash: &[u8],
    session: SessionId,
    parent: Option<&[u8]>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = refresh_token::ActiveModel {
        token_hash: Set(hash.to_vec()),
        session_id: Set(session.uuid()),
        parent_hash: Set(parent.map(<[u8]>::to_vec)),
        created_at: Set(now),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find_token(
    db: &impl ConnectionTrait,
    hash: &[u8],
) -> Result<Option<Issued>, DbErr> {
    let row = refresh_token::Entity::find_by_id(hash.to_vec())
        .one(db)
        .await?;
    Ok(row.map(|row| Issued {
        session_id: row.session_id.into(),
        used_at: row.used_at,
    }))
}

/// The compare-and-swap of a rotation: `true` for exactly one of many tries at once.
pub(crate) async fn use_token(
    db: &impl ConnectionTrait,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::TokenHash.eq(hash.to_vec()))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Takes back the successor of a token that nobody has used: it counts as used and has no place in
/// the line any more, so that whoever shows it gives the theft away. Returns whether there was one.
pub(crate) async fn take_back_successors(
    db: &impl ConnectionTrait,
    parent: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let used = refresh_token::Entity::find()
        .filter(refresh_token::Column::ParentHash.eq(parent.to_vec()))
        .filter(refresh_token::Column::UsedAt.is_not_null())
        .one(db)
        .await?;
    if used.is_some() {
        return Ok(false);
    }
    let taken = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .col_expr(
            refresh_token::Column::ParentHash,
            Expr::value(Option::<Vec<u8>>::None),
        )
        .filter(refresh_token::Column::ParentHash.eq(parent.to_vec()))
        .exec(db)
        .await?;
    Ok(taken.rows_affected > 0)
}

fn to_session(row: session::Model) -> Session {
    Session {
        id: row.id.into(),
        user_id: row.user_id.into(),
        device: row.device,
        address: row.address,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        authenticated_at: row.authenticated_at,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
    }
}
