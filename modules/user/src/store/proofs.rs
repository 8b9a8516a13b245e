//! One-time proofs.

use chrono::{DateTime, Utc};
use database::{Sort, select_after};
use kernel::{Key, Page, ProofId, Slice, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};

use crate::entity::proof::{ActiveModel, Column, Entity, Model};
use crate::purpose::Purpose;

/// A secret that works once, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub id: ProofId,
    pub purpose: Purpose,
    pub user_id: Option<UserId>,
    /// Who sent it to somebody else.
    pub asked_by: Option<UserId>,
    pub email: String,
    pub data: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    proof: &Proof,
    token_hash: &[u8],
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(proof.id.uuid()),
        purpose: Set(proof.purpose),
        user_id: Set(proof.user_id.map(kernel::Id::uuid)),
        asked_by: Set(proof.asked_by.map(kernel::Id::uuid)),
        email: Set(proof.email.clone()),
        token_hash: Set(token_hash.to_vec()),
        data: Set(proof.data.clone()),
        created_at: Set(proof.created_at),
        expires_at: Set(proof.expires_at),
        used_at: Set(proof.used_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: ProofId) -> Result<Option<Proof>, DbErr> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(record))
}

pub(crate) async fn find_by_token(
    db: &impl ConnectionTrait,
    token_hash: &[u8],
) -> Result<Option<Proof>, DbErr> {
    let row = Entity::find()
        .filter(Column::TokenHash.eq(token_hash.to_vec()))
        .one(db)
        .await?;
    Ok(row.map(record))
}

/// The proofs of one purpose for an address that were not used, the newest first, even if they
/// have run out; locked until the transaction ends.
pub(crate) async fn lock_unused(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    email: &str,
) -> Result<Vec<Proof>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Email.eq(email))
        .filter(Column::UsedAt.is_null())
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .lock_exclusive()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// Uses a proof up: `true` for exactly one of many tries at once.
pub(crate) async fn redeem(
    db: &impl ConnectionTrait,
    id: ProofId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Whether there is an open proof of one purpose for an address.
pub(crate) async fn is_open(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    email: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let open = Entity::find()
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Email.eq(email))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .count(db)
        .await?;
    Ok(open > 0)
}

/// Ends the open proofs of one purpose for an address, so that only the newest counts; only those
/// of `user` when one is named.
pub(crate) async fn supersede(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    user: Option<UserId>,
    email: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let theirs = user.map(|user| Column::UserId.eq(user.uuid()));
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(now))
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Email.eq(email))
        .filter(Condition::all().add_option(theirs))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends every open proof of a person but for those of the purposes `spared`.
pub(crate) async fn end_all_of(
    db: &impl ConnectionTrait,
    user: UserId,
    spared: &[Purpose],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(now))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Purpose.is_not_in(spared.iter().copied()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// How many proofs of one purpose were made for an address since `since`.
pub(crate) async fn count_since(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    email: &str,
    since: DateTime<Utc>,
) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::Email.eq(email))
        .filter(Column::CreatedAt.gt(since))
        .count(db)
        .await
}

/// The proofs of one purpose, the newest first; only those that `asked_by` sent, when it is named.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    asked_by: Option<UserId>,
    slice: &Slice,
) -> Result<Page<Proof>, DbErr> {
    let mut query = Entity::find().filter(Column::Purpose.eq(purpose));
    if let Some(asked_by) = asked_by {
        query = query.filter(Column::AskedBy.eq(asked_by.uuid()));
    }
    let total = match slice.count {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let sorts = [
        Sort::desc(Expr::col(Column::CreatedAt)),
        Sort::desc(Expr::col(Column::Id)),
    ];
    let rows = select_after(query, db.get_database_backend(), &sorts, slice)
        .all(db)
        .await?;
    let keys = |row: &Model| vec![Key::Time(row.created_at), Key::Id(row.id)];
    let mut page = Page::cut(rows, slice, keys).map(record);
    page.total = total;
    Ok(page)
}

/// Ends an open proof: `true` when it was open until now.
pub(crate) async fn end(
    db: &impl ConnectionTrait,
    id: ProofId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Deletes the proofs that ran out before `moment`; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let deleted = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(moment))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

fn record(row: Model) -> Proof {
    Proof {
        id: row.id.into(),
        purpose: row.purpose,
        user_id: row.user_id.map(Into::into),
        asked_by: row.asked_by.map(Into::into),
        email: row.email,
        data: row.data,
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
    }
}
