//! Statements about deliveries.

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{DeliveryId, Key, Keyed, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, Iterable, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};

use super::record::DeliveryRecord;
use super::retry::LONGEST_WAIT;
use crate::domain::{DeliveryState, Lane, MessageType};
use crate::entity::delivery::{ActiveModel, Column, Entity, Model};
use crate::entity::notification;
use crate::error::Error;

impl From<Model> for DeliveryRecord {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            notification_id: row.notification_id.map(Into::into),
            user_id: row.user_id.map(Into::into),
            email: row
                .template
                .and_then(|template| Some((template, row.token_id?.into()))),
            channel: row.channel,
            lane: row.lane,
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
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(record.id.uuid()),
        notification_id: Set(record.notification_id.map(kernel::Id::uuid)),
        user_id: Set(record.user_id.map(kernel::Id::uuid)),
        template: Set(record.email.map(|(template, _)| template)),
        token_id: Set(record.email.map(|(_, token)| token.uuid())),
        channel: Set(record.channel),
        lane: Set(record.lane),
        state: Set(record.state),
        attempts: Set(record.attempts),
        available_at: Set(record.available_at),
        error: Set(record.error.clone()),
        correlation: Set(record.correlation.clone()),
        created_at: Set(record.created_at),
        updated_at: Set(record.updated_at),
        sent_at: Set(record.sent_at),
    };
    // A transactional email that was queued before is passed over.
    let once = OnConflict::columns([Column::TokenId, Column::Template])
        .do_nothing()
        .to_owned();
    Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// How many notifications of each type have gone to a user by a channel since then, without those that
/// a clock that was ahead has dated later than `now`.
pub(super) async fn count_notifications(
    db: &impl ConnectionTrait,
    user: UserId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<(MessageType, i64)>, Error> {
    use notification::Column as Its;
    let sent = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(
            Expr::col((Entity, Column::NotificationId)).equals((notification::Entity, Its::Id)),
        )
        .to_owned();
    let counts = notification::Entity::find()
        .select_only()
        .column(Its::Kind)
        .column_as(Its::Id.count(), "sent")
        .filter(Its::UserId.eq(user.uuid()))
        .filter(Its::CreatedAt.gt(since))
        .filter(Its::CreatedAt.lte(now))
        .filter(Expr::exists(sent))
        .group_by(Its::Kind)
        .into_tuple();
    Ok(counts.all(db).await?)
}

/// Deletes the transactional emails to a user; returns how many.
pub(crate) async fn delete_emails_of(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<u64, Error> {
    let theirs = Column::UserId.eq(user.uuid());
    let emails = theirs.and(Column::Template.is_not_null());
    Ok(database::delete_where::<Entity>(db, emails).await?)
}

/// Makes every delivery due that a worker has claimed.
pub(crate) async fn release_all(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::AvailableAt, Expr::value(now))
        .filter(Column::State.eq(DeliveryState::Sending))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn find_locked(
    txn: &impl ConnectionTrait,
    id: DeliveryId,
) -> Result<Option<DeliveryRecord>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(txn)
        .await?;
    Ok(row.map(Into::into))
}

/// All deliveries, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    state: Option<DeliveryState>,
    page_request: &PageRequest,
) -> Result<Page<DeliveryRecord>, Error> {
    let mut select = Entity::find();
    if let Some(state) = state {
        select = select.filter(Column::State.eq(state));
    }
    let sorts = [Column::CreatedAt, Column::Id].map(|column| Sort::desc(Expr::col(column)));
    let keys = |row: &Model| vec![Key::Time(row.created_at), Key::Id(row.id)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(Into::into))
}

/// The delivery of a lane that has been due longest; one that was claimed is due when its worker is
/// given up.
pub(crate) async fn find_due(
    db: &impl ConnectionTrait,
    lane: Lane,
    own: DateTime<Utc>,
) -> Result<Option<DeliveryRecord>, Error> {
    let row = Entity::find()
        .filter(Column::Lane.eq(lane))
        .filter(Expr::col(Column::AvailableAt).lte(database::clock_expr(db, own)))
        .order_by_asc(Column::AvailableAt)
        .order_by_asc(Column::Id)
        .limit(1)
        .one(db)
        .await?;
    Ok(row.map(Into::into))
}

/// Makes due what a clock that was ahead has put later than any wait lasts.
pub(super) async fn bring_back(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::AvailableAt, Expr::value(now))
        .filter(Column::Lane.is_in(Lane::iter()))
        .filter(Column::AvailableAt.gt(now + LONGEST_WAIT))
        .exec(db)
        .await?;
    Ok(())
}

/// How many deliveries are not sent yet, since when the first of those that are due is, and when the oldest
/// of those that have failed for now was made.
pub(super) async fn backlog(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<(u64, Option<DateTime<Utc>>, Option<DateTime<Utc>>), Error> {
    let open = Entity::find()
        .filter(Column::Lane.is_in(Lane::iter()))
        .filter(Column::AvailableAt.is_not_null());
    let count = open.clone().count(db).await?;
    let failing: Option<Option<DateTime<Utc>>> = open
        .clone()
        .select_only()
        .column_as(Column::CreatedAt.min(), "oldest")
        .filter(Column::Error.is_not_null())
        .into_tuple()
        .one(db)
        .await?;
    let oldest: Option<Option<DateTime<Utc>>> = open
        .select_only()
        .column_as(Column::AvailableAt.min(), "oldest")
        .filter(Column::AvailableAt.lte(now))
        .into_tuple()
        .one(db)
        .await?;
    Ok((count, oldest.flatten(), failing.flatten()))
}

/// Claims a delivery until `until`; `false` when another worker was faster.
pub(crate) async fn claim(
    db: &impl ConnectionTrait,
    seen: &DeliveryRecord,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, Error> {
    let claimed = Entity::update_many()
        .col_expr(Column::State, value(DeliveryState::Sending))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::AvailableAt, Expr::value(until))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(seen.id.uuid()))
        .filter(Column::State.eq(seen.state))
        .filter(Column::Attempts.eq(seen.attempts))
        .exec(db)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Writes how a try went; `false` when another worker has claimed the delivery since.
pub(crate) async fn finish(
    db: &impl ConnectionTrait,
    changed: &DeliveryRecord,
) -> Result<bool, Error> {
    let finished = Entity::update_many()
        .col_expr(Column::State, value(changed.state))
        .col_expr(Column::AvailableAt, Expr::value(changed.available_at))
        .col_expr(Column::Error, Expr::value(changed.error.clone()))
        .col_expr(Column::UpdatedAt, Expr::value(changed.updated_at))
        .col_expr(Column::SentAt, Expr::value(changed.sent_at))
        .filter(Column::Id.eq(changed.id.uuid()))
        .filter(Column::State.eq(DeliveryState::Sending))
        .filter(Column::Attempts.eq(changed.attempts))
        .exec(db)
        .await?;
    Ok(finished.rows_affected == 1)
}

/// Queues a failed delivery as if it had never been tried.
pub(crate) async fn requeue(
    db: &impl ConnectionTrait,
    id: DeliveryId,
    now: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::State, value(DeliveryState::Queued))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::Error, Expr::value(Option::<String>::None))
        .col_expr(Column::AvailableAt, Expr::value(due))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The next rows of a user, for the export of their account.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    Ok(database::export_after(db, cursor, place, |row| row.id).await?)
}

fn value(state: DeliveryState) -> Expr {
    Expr::value(state.to_value())
}
