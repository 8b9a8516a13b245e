//! The table of one-time tokens.

mod ending;

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{Key, OneTimeTokenId, Page, PageRequest, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use crate::domain::{Purpose, lately};
use crate::entity::one_time_token::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

pub(crate) use ending::{delete_before, delete_of, end, end_of, redeem, supersede};

/// A secret that works once, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneTimeToken {
    pub id: OneTimeTokenId,
    pub purpose: Purpose,
    pub user_id: Option<UserId>,
    /// Who sent it to somebody else.
    pub requested_by: Option<UserId>,
    pub email: String,
    /// The secret, if the present master key does not derive it.
    pub sealed_secret: Option<String>,
    pub data: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

impl OneTimeToken {
    /// Whether its link works. One that a clock ahead has dated does not: it would work for longer than
    /// was said by as much.
    pub(crate) fn is_valid(&self, now: DateTime<Utc>) -> bool {
        let dated_ahead = self.created_at > now + lately::leeway();
        self.used_at.is_none() && self.expires_at > now && !dated_ahead
    }
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    token: &OneTimeToken,
    token_hash: &[u8],
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(token.id.uuid()),
        purpose: Set(token.purpose),
        user_id: Set(token.user_id.map(kernel::Id::uuid)),
        requested_by: Set(token.requested_by.map(kernel::Id::uuid)),
        email: Set(token.email.clone()),
        token_hash: Set(token_hash.to_vec()),
        sealed_secret: Set(token.sealed_secret.clone()),
        data: Set(token.data.clone()),
        created_at: Set(token.created_at),
        expires_at: Set(token.expires_at),
        used_at: Set(token.used_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: OneTimeTokenId,
) -> Result<Option<OneTimeToken>, Error> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(record))
}

pub(crate) async fn find_by_token(
    db: &impl ConnectionTrait,
    token_hash: &[u8],
) -> Result<Option<OneTimeToken>, Error> {
    let row = Entity::find()
        .filter(Column::TokenHash.eq(token_hash.to_vec()))
        .one(db)
        .await?;
    Ok(row.map(record))
}

/// The tokens of some purposes for an address that were not used, the newest first, even if they
/// have run out; locked until the transaction ends.
pub(crate) async fn lock_unused(
    db: &impl ConnectionTrait,
    purposes: &[Purpose],
    email: &str,
) -> Result<Vec<OneTimeToken>, Error> {
    let rows = Entity::find()
        .filter(Column::Purpose.is_in(purposes.iter().copied()))
        .filter(Column::Email.eq(email))
        .filter(Column::UsedAt.is_null())
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .lock_exclusive()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The tokens that count, locked until the transaction ends.
pub(crate) async fn lock_open(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<OneTimeToken>, Error> {
    let rows = Entity::find()
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .lock_exclusive()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

pub(crate) async fn set_sealed(
    db: &impl ConnectionTrait,
    id: OneTimeTokenId,
    sealed_secret: &str,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::SealedSecret, Expr::value(sealed_secret))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The tokens of one purpose that were sent to an address and still count.
pub(crate) async fn list_open(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    email: &str,
    now: DateTime<Utc>,
) -> Result<Vec<OneTimeToken>, Error> {
    let rows = Entity::find()
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Email.eq(email))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The invitations that a user has sent and that still count.
pub(crate) async fn list_open_invitations(
    db: &impl ConnectionTrait,
    requested_by: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<OneTimeToken>, Error> {
    let rows = Entity::find()
        .filter(Column::Purpose.eq(Purpose::Invite))
        .filter(Column::RequestedBy.eq(requested_by.uuid()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// How many tokens of one purpose were made for an address since `since`; only those that `requested_by`
/// sent, when it is named. What a clock that was ahead has dated is not counted.
pub(crate) async fn count_since(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    email: &str,
    requested_by: Option<UserId>,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let sent = requested_by.map(|sender| Column::RequestedBy.eq(sender.uuid()));
    Ok(Entity::find()
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Email.eq(email))
        .filter(Column::CreatedAt.gt(since))
        .filter(Column::CreatedAt.lte(now + lately::leeway()))
        .filter(Condition::all().add_option(sent))
        .count(db)
        .await?)
}

/// Until when the last open token of a user for one purpose counts.
pub(crate) async fn last_open(
    db: &impl ConnectionTrait,
    user: UserId,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let last = Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::ExpiresAt)
        .one(db)
        .await?;
    Ok(last.map(|token| token.expires_at))
}

/// The tokens of one purpose, the newest first; only those that `requested_by` sent, when it is named.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    requested_by: Option<UserId>,
    page_request: &PageRequest,
) -> Result<Page<OneTimeToken>, Error> {
    let mut query = Entity::find().filter(Column::Purpose.eq(purpose));
    if let Some(requested_by) = requested_by {
        query = query.filter(Column::RequestedBy.eq(requested_by.uuid()));
    }
    let sorts = [Column::CreatedAt, Column::Id].map(|column| Sort::desc(Expr::col(column)));
    let keys = |row: &Model| vec![Key::Time(row.created_at), Key::Id(row.id)];
    let page = database::page(db, query, &sorts, page_request, keys).await?;
    Ok(page.map(record))
}

fn record(row: Model) -> OneTimeToken {
    OneTimeToken {
        id: row.id.into(),
        purpose: row.purpose,
        user_id: row.user_id.map(Into::into),
        requested_by: row.requested_by.map(Into::into),
        email: row.email,
        sealed_secret: row.sealed_secret,
        data: row.data,
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
    }
}
