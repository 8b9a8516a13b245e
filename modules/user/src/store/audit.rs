//! The audit log and its head.

use chrono::{DateTime, Utc};
use database::{Sort, select_after};
use kernel::{Key, Page, Slice, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use crate::entity::{audit, audit_head};

const HEAD: i32 = 1;

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditRow {
    pub sequence: i64,
    pub action: String,
    pub actor_id: Option<UserId>,
    pub subject_id: Option<UserId>,
    pub address: Option<String>,
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

/// What is looked for in the log.
#[derive(Debug, Default)]
pub(crate) struct AuditFilter {
    pub action: Option<String>,
    pub actor: Option<UserId>,
    pub subject: Option<UserId>,
}

/// Makes the head of an empty log unless there is one.
pub(crate) async fn begin(db: &impl ConnectionTrait, head: &AuditHead) -> Result<(), DbErr> {
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
pub(crate) async fn lock_head(db: &impl ConnectionTrait) -> Result<Option<AuditHead>, DbErr> {
    let row = audit_head::Entity::find_by_id(HEAD)
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(head))
}

pub(crate) async fn find_head(db: &impl ConnectionTrait) -> Result<Option<AuditHead>, DbErr> {
    let row = audit_head::Entity::find_by_id(HEAD).one(db).await?;
    Ok(row.map(head))
}

/// Appends a row and moves the head to it.
pub(crate) async fn append(
    db: &impl ConnectionTrait,
    row: &AuditRow,
    seal: &[u8],
) -> Result<(), DbErr> {
    let model = audit::ActiveModel {
        sequence: Set(row.sequence),
        action: Set(row.action.clone()),
        actor_id: Set(row.actor_id.map(kernel::Id::uuid)),
        subject_id: Set(row.subject_id.map(kernel::Id::uuid)),
        address: Set(row.address.clone()),
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
) -> Result<Vec<AuditRow>, DbErr> {
    let rows = audit::Entity::find()
        .filter(audit::Column::Sequence.gt(sequence))
        .order_by_asc(audit::Column::Sequence)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// How often somebody did something since `since`.
pub(crate) async fn count_since(
    db: &impl ConnectionTrait,
    actor: UserId,
    action: &str,
    since: DateTime<Utc>,
) -> Result<u64, DbErr> {
    audit::Entity::find()
        .filter(audit::Column::ActorId.eq(actor.uuid()))
        .filter(audit::Column::Action.eq(action))
        .filter(audit::Column::OccurredAt.gt(since))
        .count(db)
        .await
}

/// The rows that fit, the newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &AuditFilter,
    slice: &Slice,
) -> Result<Page<AuditRow>, DbErr> {
    let mut query = audit::Entity::find();
    if let Some(action) = &filter.action {
        query = query.filter(audit::Column::Action.eq(action.as_str()));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit::Column::ActorId.eq(actor.uuid()));
    }
    if let Some(subject) = filter.subject {
        query = query.filter(audit::Column::SubjectId.eq(subject.uuid()));
    }
    let total = match slice.count {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let sorts = [Sort::desc(Expr::col(audit::Column::Sequence))];
    let rows = select_after(query, db.get_database_backend(), &sorts, slice)
        .all(db)
        .await?;
    let mut page = Page::cut(rows, slice, |row| vec![Key::Int(row.sequence)]).map(record);
    page.total = total;
    Ok(page)
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
        address: row.address,
        request_id: row.request_id,
        detail: row.detail,
        occurred_at: row.occurred_at,
        hash: row.hash,
    }
}
