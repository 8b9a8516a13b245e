//! Reports and how far they are.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CohortId, CourseId, Key, Page, PageRequest, Place, ReportId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, Set, UpdateMany,
};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::{ReportFailure, ReportFormat, ReportKind, ReportState};
use crate::entity::report::{ActiveModel, Column, Entity, Model};
use crate::entity::report_piece;
use crate::error::Error;
use crate::store::Exported;

/// A report that somebody has requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReportRecord {
    pub(crate) id: ReportId,
    pub(crate) course: CourseId,
    pub(crate) kind: ReportKind,
    pub(crate) format: ReportFormat,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) to: Option<NaiveDate>,
    pub(crate) cohort: Option<CohortId>,
    pub(crate) state: ReportState,
    pub(crate) failure: Option<ReportFailure>,
    pub(crate) attempts: i32,
    pub(crate) restarts: i32,
    pub(crate) rows_done: i64,
    pub(crate) rows_estimated: i64,
    pub(crate) bytes: i64,
    #[serde(skip)]
    pub(crate) requested_by: UserId,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl FromQueryResult for ReportRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        let failure = row.failure.map(|word| read(&word)).transpose()?;
        Ok(Self {
            id: row.id.into(),
            course: row.course_id.into(),
            kind: read(&row.kind)?,
            format: read(&row.format)?,
            from: row.from_day,
            to: row.to_day,
            cohort: row.cohort_id.map(Into::into),
            state: read(&row.state)?,
            failure,
            attempts: row.attempts,
            restarts: row.restarts,
            rows_done: row.rows_done,
            rows_estimated: row.rows_estimated,
            bytes: row.bytes,
            requested_by: row.requested_by.into(),
            requested_at: row.requested_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            expires_at: row.expires_at,
        })
    }
}

fn read<T: std::str::FromStr>(word: &str) -> Result<T, DbErr> {
    let unknown = || DbErr::Custom(format!("a report has the unknown word {word}"));
    word.parse().map_err(|_| unknown())
}

pub(crate) async fn insert(db: &impl ConnectionTrait, report: &ReportRecord) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(report.id.uuid()),
        course_id: Set(report.course.uuid()),
        kind: Set(report.kind.into_str().to_owned()),
        format: Set(report.format.into_str().to_owned()),
        from_day: Set(report.from),
        to_day: Set(report.to),
        cohort_id: Set(report.cohort.map(kernel::Id::uuid)),
        state: Set(report.state.into_str().to_owned()),
        failure: Set(None),
        attempts: Set(report.attempts),
        restarts: Set(report.restarts),
        rows_done: Set(report.rows_done),
        rows_estimated: Set(report.rows_estimated),
        bytes: Set(report.bytes),
        requested_by: Set(report.requested_by.uuid()),
        requested_at: Set(report.requested_at),
        started_at: Set(report.started_at),
        finished_at: Set(report.finished_at),
        expires_at: Set(report.expires_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// How many reports of a course somebody has that have not expired.
pub(crate) async fn count_kept(
    db: &impl ConnectionTrait,
    user: UserId,
    course: CourseId,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let theirs = Entity::find().filter(Column::RequestedBy.eq(user.uuid()));
    let kept = theirs
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::ExpiresAt.gt(now));
    Ok(kept.count(db).await?)
}

/// How many reports of somebody are not finished, of whatever course.
pub(crate) async fn count_open(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let theirs = Entity::find().filter(Column::RequestedBy.eq(user.uuid()));
    Ok(theirs.filter(open()).count(db).await?)
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: ReportId,
) -> Result<Option<ReportRecord>, Error> {
    Ok(Entity::find_by_id(id.uuid()).into_model().one(db).await?)
}

/// Finds a report and holds it until the commit.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    id: ReportId,
) -> Result<Option<ReportRecord>, Error> {
    let held = Entity::find_by_id(id.uuid()).lock_exclusive();
    Ok(held.into_model().one(db).await?)
}

/// What somebody has requested and what has not expired, the latest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
    page_request: &PageRequest,
) -> Result<Page<ReportRecord>, Error> {
    let select = Entity::find()
        .filter(Column::RequestedBy.eq(user.uuid()))
        .filter(Column::ExpiresAt.gt(now));
    let sorts = [database::Sort::desc(Expr::col((Entity, Column::Id)))];
    let keys = |report: &ReportRecord| vec![Key::Id(report.id.uuid())];
    Ok(database::page(db, select, &sorts, page_request, keys).await?)
}

/// The report whose turn it is: one that was not begun as often as others, and of those the earliest.
pub(crate) async fn next_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Option<ReportRecord>, Error> {
    let due = Entity::find()
        .filter(open())
        .filter(Column::ExpiresAt.gt(now))
        .order_by_asc(Column::Attempts)
        .order_by_asc(Column::Id);
    Ok(due.into_model().one(db).await?)
}

fn open() -> SimpleExpr {
    let words = [ReportState::Queued, ReportState::Running];
    Column::State.is_in(words.map(|state| state.into_str()))
}

/// Begins an attempt, unless the report was begun, cancelled, or deleted meanwhile, or another process writes reports
/// (`mine`).
pub(crate) async fn begin(
    db: &impl ConnectionTrait,
    report: &ReportRecord,
    now: DateTime<Utc>,
    mine: SimpleExpr,
) -> Result<bool, Error> {
    let begun = Entity::update_many()
        .col_expr(Column::State, word(ReportState::Running))
        .col_expr(Column::Attempts, Expr::value(report.attempts + 1))
        .col_expr(Column::StartedAt, Expr::value(now))
        .col_expr(Column::RowsDone, Expr::value(0))
        .col_expr(Column::RowsEstimated, Expr::value(0))
        .col_expr(Column::Bytes, Expr::value(0))
        .filter(Column::Id.eq(report.id.uuid()))
        .filter(Column::Attempts.eq(report.attempts))
        .filter(open())
        .filter(mine)
        .exec(db)
        .await?;
    Ok(begun.rows_affected == 1)
}

/// Changes the report of the attempt that goes on, if it does: nobody has cancelled it or begun it again, and no other
/// process writes reports (`mine`).
pub(crate) async fn advance(
    db: &impl ConnectionTrait,
    report: &ReportRecord,
    mine: SimpleExpr,
) -> Result<bool, Error> {
    let changed = set(of_attempt(report, mine), report);
    Ok(changed.exec(db).await?.rows_affected == 1)
}

fn of_attempt(report: &ReportRecord, mine: SimpleExpr) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.eq(report.id.uuid()))
        .filter(Column::Attempts.eq(report.attempts))
        .filter(Column::State.eq(ReportState::Running.into_str()))
        .filter(mine)
}

/// Changes what the one who holds it has decided.
pub(crate) async fn save(db: &impl ConnectionTrait, report: &ReportRecord) -> Result<(), Error> {
    let it = Entity::update_many().filter(Column::Id.eq(report.id.uuid()));
    set(it, report).exec(db).await?;
    Ok(())
}

fn set(update: UpdateMany<Entity>, report: &ReportRecord) -> UpdateMany<Entity> {
    let failure = report.failure.map(|failure| failure.into_str());
    update
        .col_expr(Column::State, word(report.state))
        .col_expr(Column::Failure, Expr::value(failure))
        .col_expr(Column::RowsDone, Expr::value(report.rows_done))
        .col_expr(Column::RowsEstimated, Expr::value(report.rows_estimated))
        .col_expr(Column::Bytes, Expr::value(report.bytes))
        .col_expr(Column::FinishedAt, Expr::value(report.finished_at))
        .col_expr(Column::ExpiresAt, Expr::value(report.expires_at))
}

fn word(state: ReportState) -> SimpleExpr {
    Expr::value(state.into_str())
}

/// Puts a report back, because it contains somebody who was erased meanwhile.
pub(crate) async fn restart(
    db: &impl ConnectionTrait,
    report: &ReportRecord,
    mine: SimpleExpr,
) -> Result<(), Error> {
    let restarts = Expr::col(Column::Restarts).add(1);
    of_attempt(report, mine)
        .col_expr(Column::State, word(ReportState::Queued))
        .col_expr(Column::Restarts, restarts)
        .exec(db)
        .await?;
    Ok(())
}

/// Ends the attempt that goes on, if it does.
pub(crate) async fn fail(
    db: &impl ConnectionTrait,
    report: &ReportRecord,
    failure: ReportFailure,
    now: DateTime<Utc>,
    mine: SimpleExpr,
) -> Result<(), Error> {
    of_attempt(report, mine)
        .col_expr(Column::State, word(ReportState::Failed))
        .col_expr(Column::Failure, Expr::value(failure.into_str()))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets a report expire at once; its row stays until its pieces are swept, so that they count as long as they are
/// stored.
pub(crate) async fn expire(db: &impl ConnectionTrait, id: ReportId) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(DateTime::UNIX_EPOCH))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets those expire whose time is over by a clock that can be trusted; returns how many there were.
pub(crate) async fn expire_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let over = Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(DateTime::UNIX_EPOCH))
        .filter(Column::ExpiresAt.gt(DateTime::UNIX_EPOCH))
        .filter(Column::ExpiresAt.lte(now));
    Ok(over.exec(db).await?.rows_affected)
}

/// Some of those whose content is gone for everybody: they have expired, were cancelled, or have failed.
pub(crate) async fn list_gone(db: &impl ConnectionTrait) -> Result<Vec<ReportId>, Error> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(is_gone())
        .order_by_asc(Column::Id)
        .limit(100)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(ReportId::from).collect())
}

/// Forgets a report whose pieces are swept, or how large it was while it is still shown.
pub(crate) async fn settle(db: &impl ConnectionTrait, id: ReportId) -> Result<(), Error> {
    let it = Column::Id.eq(id.uuid()).and(has_expired());
    database::delete_where::<Entity>(db, it).await?;
    Entity::update_many()
        .col_expr(Column::Bytes, Expr::value(0))
        .filter(Column::Id.eq(id.uuid()))
        .filter(is_gone())
        .exec(db)
        .await?;
    Ok(())
}

fn has_expired() -> SimpleExpr {
    Column::ExpiresAt.lte(DateTime::UNIX_EPOCH)
}

/// An attempt that ended before it had deleted the pieces of an earlier one leaves them, and says nothing of their size.
fn is_gone() -> SimpleExpr {
    let pieces = Query::select()
        .expr(Expr::val(1))
        .from(report_piece::Entity)
        .and_where(
            Expr::col((report_piece::Entity, report_piece::Column::ReportId))
                .equals((Entity, Column::Id)),
        )
        .to_owned();
    let ended = [ReportState::Cancelled, ReportState::Failed].map(|state| state.into_str());
    let stored = Column::Bytes.gt(0).or(Expr::exists(pieces));
    has_expired().or(Column::State.is_in(ended).and(stored))
}

/// Lets all that somebody has requested be nobody's, and expire; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let gone = Entity::update_many()
        .col_expr(Column::RequestedBy, Expr::value(Uuid::nil()))
        .col_expr(Column::State, word(ReportState::Cancelled))
        .col_expr(Column::ExpiresAt, Expr::value(DateTime::UNIX_EPOCH))
        .filter(Column::RequestedBy.eq(user.uuid()));
    Ok(gone.exec(db).await?.rows_affected)
}

/// What somebody has requested, without the content, which is of others.
pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::RequestedBy.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id).into_model::<ReportRecord>();
    Ok(database::export_after(db, cursor, place, |row| row.id.uuid()).await?)
}
