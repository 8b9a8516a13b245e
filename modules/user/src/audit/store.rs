//! The audit log and its head.

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{Key, Page, PageRequest, Piece, Place, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use crate::domain::lately;
use crate::entity::{audit, audit_head};
use crate::error::Error;

const HEAD: i32 = 1;

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditRow {
    pub sequence: i64,
    pub action: String,
    pub actor_id: Option<UserId>,
    pub subject_id: Option<UserId>,
    pub ip_address: Option<String>,
    pub request_id: String,
    /// A JSON object.
    pub detail: String,
    pub occurred_at: DateTime<Utc>,
    pub hash: Vec<u8>,
}

/// Where the log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditHead {
    pub sequence: i64,
    pub hash: Vec<u8>,
    pub seal: Vec<u8>,
}

/// Makes the head of an empty log unless there is one.
pub(crate) async fn begin(db: &impl ConnectionTrait, head: &AuditHead) -> Result<(), Error> {
    let row = audit_head::ActiveModel {
        id: Set(HEAD),
        sequence: Set(head.sequence),
        hash: Set(head.hash.clone()),
        seal: Set(head.seal.clone()),
    };
    audit_head::Entity::insert(row)
        .on_conflict(
            OnConflict::column(audit_head::Column::Id)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The head, locked until the transaction ends, so that rows are chained one after another.
pub(crate) async fn lock_head(db: &impl ConnectionTrait) -> Result<Option<AuditHead>, Error> {
    let row = audit_head::Entity::find_by_id(HEAD)
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(head))
}

pub(crate) async fn find_head(db: &impl ConnectionTrait) -> Result<Option<AuditHead>, Error> {
    let row = audit_head::Entity::find_by_id(HEAD).one(db).await?;
    Ok(row.map(head))
}

/// The numbers of the first and the last row; 1 and 0 of an empty log.
pub(crate) async fn span(db: &impl ConnectionTrait) -> Result<(i64, i64), Error> {
    let span: Option<(Option<i64>, Option<i64>)> = audit::Entity::find()
        .select_only()
        .column_as(audit::Column::Sequence.min(), "first")
        .column_as(audit::Column::Sequence.max(), "last")
        .into_tuple()
        .one(db)
        .await?;
    let (first, last) = span.unwrap_or_default();
    Ok((first.unwrap_or(1), last.unwrap_or(0)))
}

pub(crate) async fn set_seal(db: &impl ConnectionTrait, seal: &[u8]) -> Result<(), Error> {
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Seal, Expr::value(seal))
        .filter(audit_head::Column::Id.eq(HEAD))
        .exec(db)
        .await?;
    Ok(())
}

/// Appends a row and moves the head to it.
pub(crate) async fn append(
    db: &impl ConnectionTrait,
    row: &AuditRow,
    seal: &[u8],
) -> Result<(), Error> {
    let model = audit::ActiveModel {
        sequence: Set(row.sequence),
        action: Set(row.action.clone()),
        actor_id: Set(row.actor_id.map(kernel::Id::uuid)),
        subject_id: Set(row.subject_id.map(kernel::Id::uuid)),
        ip_address: Set(row.ip_address.clone()),
        request_id: Set(row.request_id.clone()),
        detail: Set(row.detail.clone()),
        occurred_at: Set(row.occurred_at),
        hash: Set(row.hash.clone()),
    };
    audit::Entity::insert(model)
        .exec_without_returning(db)
        .await?;
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Sequence, Expr::value(row.sequence))
        .col_expr(audit_head::Column::Hash, Expr::value(row.hash.clone()))
        .col_expr(audit_head::Column::Seal, Expr::value(seal.to_vec()))
        .filter(audit_head::Column::Id.eq(HEAD))
        .exec(db)
        .await?;
    Ok(())
}

/// The rows behind `sequence` in order, at most `limit`.
pub(crate) async fn list_from(
    db: &impl ConnectionTrait,
    sequence: i64,
    limit: u64,
) -> Result<Vec<AuditRow>, Error> {
    let rows = audit::Entity::find()
        .filter(audit::Column::Sequence.gt(sequence))
        .order_by_asc(audit::Column::Sequence)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The next rows about a user or of what they did, in order. Each of the two is read by its own index, because a
/// database sorts all rows of a user for both at once.
pub(crate) async fn page_about(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<AuditRow>, Error> {
    let mut rows = Vec::new();
    for column in [audit::Column::SubjectId, audit::Column::ActorId] {
        let theirs = audit::Entity::find().filter(column.eq(user.uuid()));
        let cursor = theirs.cursor_by(audit::Column::Sequence);
        rows.extend(database::rows_after::<audit::Model, i64>(db, cursor, place).await?);
    }
    rows.sort_unstable_by_key(|row| row.sequence);
    rows.dedup_by_key(|row| row.sequence);
    let most = usize::try_from(Piece::ROWS).unwrap_or(usize::MAX);
    let page = rows.into_iter().take(most);
    Ok(page.map(record).collect())
}

/// How often somebody did something since `since`; what a clock that was ahead has dated is not counted.
pub(crate) async fn count_since(
    db: &impl ConnectionTrait,
    actor: UserId,
    action: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(audit::Entity::find()
        .filter(audit::Column::ActorId.eq(actor.uuid()))
        .filter(audit::Column::Action.eq(action))
        .filter(audit::Column::OccurredAt.gt(since))
        .filter(audit::Column::OccurredAt.lte(now + lately::leeway()))
        .count(db)
        .await?)
}

/// The rows that fit, the newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    action: Option<&str>,
    actor: Option<UserId>,
    subject: Option<UserId>,
    page_request: &PageRequest,
) -> Result<Page<AuditRow>, Error> {
    let wanted = Condition::all()
        .add_option(action.map(|action| audit::Column::Action.eq(action)))
        .add_option(actor.map(|actor| audit::Column::ActorId.eq(actor.uuid())))
        .add_option(subject.map(|subject| audit::Column::SubjectId.eq(subject.uuid())));
    let query = audit::Entity::find().filter(wanted);
    let sorts = [Sort::desc(Expr::col(audit::Column::Sequence))];
    let keys = |row: &audit::Model| vec![Key::Int(row.sequence)];
    let page = database::page(db, query, &sorts, page_request, keys).await?;
    Ok(page.map(record))
}

fn head(row: audit_head::Model) -> AuditHead {
    AuditHead {
        sequence: row.sequence,
        hash: row.hash,
        seal: row.seal,
    }
}

fn record(row: audit::Model) -> AuditRow {
    AuditRow {
        sequence: row.sequence,
        action: row.action,
        actor_id: row.actor_id.map(Into::into),
        subject_id: row.subject_id.map(Into::into),
        ip_address: row.ip_address,
        request_id: row.request_id,
        detail: row.detail,
        occurred_at: row.occurred_at,
        hash: row.hash,
    }
}
