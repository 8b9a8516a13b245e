//! Statements about what is to be sent.

use chrono::{DateTime, Utc};
use database::{Sort, select_after};
use kernel::{Key, NotificationId, Page, ProofId, Slice, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::channel::Channel;
use crate::delivery::DeliveryState;
use crate::entity::delivery::{ActiveModel, Column, Entity, Model};
use crate::letter::LetterType;

/// One message on its way by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeliveryRecord {
    pub(crate) id: Uuid,
    /// The message in an inbox that it carries; none for a letter.
    pub(crate) notification_id: Option<NotificationId>,
    pub(crate) user_id: Option<UserId>,
    /// The letter that it carries, and the proof that names it.
    pub(crate) letter: Option<(LetterType, ProofId)>,
    pub(crate) channel: Channel,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: i32,
    pub(crate) available_at: DateTime<Utc>,
    pub(crate) error: Option<String>,
    pub(crate) correlation: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
}

impl From<Model> for DeliveryRecord {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            notification_id: row.notification_id.map(Into::into),
            user_id: row.user_id.map(Into::into),
            letter: row
                .letter
                .and_then(|letter| Some((letter, row.proof_id?.into()))),
            channel: row.channel,
            state: row.state,
            attempts: row.attempts,
            available_at: row.available_at,
            error: row.error,
            correlation: row.correlation,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sent_at: row.sent_at,
        }
    }
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    record: &DeliveryRecord,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(record.id),
        notification_id: Set(record.notification_id.map(kernel::Id::uuid)),
        user_id: Set(record.user_id.map(kernel::Id::uuid)),
        letter: Set(record.letter.map(|(letter, _)| letter)),
        proof_id: Set(record.letter.map(|(_, proof)| proof.uuid())),
        channel: Set(record.channel),
        state: Set(record.state),
        attempts: Set(record.attempts),
        available_at: Set(record.available_at),
        error: Set(record.error.clone()),
        correlation: Set(record.correlation.clone()),
        created_at: Set(record.created_at),
        updated_at: Set(record.updated_at),
        sent_at: Set(record.sent_at),
    };
    // A letter that was ordered before is passed over.
    let once = OnConflict::columns([Column::ProofId, Column::Letter])
        .do_nothing()
        .to_owned();
    Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Deletes the letters to a person; returns how many.
pub(crate) async fn delete_letters_of(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<u64, DbErr> {
    let deleted = Entity::delete_many()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Letter.is_not_null())
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

/// Gives every delivery back that a worker had in hand, because no worker is left.
pub(crate) async fn release_all(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::AvailableAt, Expr::value(now))
        .filter(Column::State.eq(DeliveryState::Sending))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn find_locked(
    txn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<DeliveryRecord>, DbErr> {
    let row = Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    Ok(row.map(Into::into))
}

/// All deliveries, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    state: Option<DeliveryState>,
    slice: &Slice,
) -> Result<Page<DeliveryRecord>, DbErr> {
    let mut select = Entity::find();
    if let Some(state) = state {
        select = select.filter(Column::State.eq(state));
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

/// The delivery that has waited longest among those that are due or whose worker is given up.
pub(crate) async fn find_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Option<DeliveryRecord>, DbErr> {
    let row = Entity::find()
        .filter(Column::State.is_in([DeliveryState::Queued, DeliveryState::Sending]))
        .filter(Column::AvailableAt.lte(now))
        .order_by_asc(Column::AvailableAt)
        .order_by_asc(Column::Id)
        .limit(1)
        .one(db)
        .await?;
    Ok(row.map(Into::into))
}

/// Takes a delivery in hand until `until`; `false` when another worker was faster.
pub(crate) async fn claim(
    db: &impl ConnectionTrait,
    seen: &DeliveryRecord,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let claimed = Entity::update_many()
        .col_expr(Column::State, value(DeliveryState::Sending))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::AvailableAt, Expr::value(until))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(seen.id))
        .filter(Column::State.eq(seen.state))
        .filter(Column::Attempts.eq(seen.attempts))
        .exec(db)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Writes how a try went; `false` when the delivery is no longer in the hand that `changed` came from.
pub(crate) async fn finish(
    db: &impl ConnectionTrait,
    changed: &DeliveryRecord,
) -> Result<bool, DbErr> {
    let finished = Entity::update_many()
        .col_expr(Column::State, value(changed.state))
        .col_expr(Column::AvailableAt, Expr::value(changed.available_at))
        .col_expr(Column::Error, Expr::value(changed.error.clone()))
        .col_expr(Column::UpdatedAt, Expr::value(changed.updated_at))
        .col_expr(Column::SentAt, Expr::value(changed.sent_at))
        .filter(Column::Id.eq(changed.id))
        .filter(Column::State.eq(DeliveryState::Sending))
        .filter(Column::Attempts.eq(changed.attempts))
        .exec(db)
        .await?;
    Ok(finished.rows_affected == 1)
}

/// Queues a failed delivery as if it had never been tried.
pub(crate) async fn requeue(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, value(DeliveryState::Queued))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::AvailableAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

fn value(state: DeliveryState) -> Expr {
    Expr::value(state.to_value())
}
