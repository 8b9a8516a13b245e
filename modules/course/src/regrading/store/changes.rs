//! What regrades change, answer by answer.

use database::Sort;
use kernel::{Key, Keyed, Page, PageRequest, Place, RegradeId, SubmissionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::entity::column::{read_word, word};
use crate::entity::regraded_submission::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// Whether an answer has its new grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeState {
    /// Not yet.
    Pending,
    Applied,
    /// It was graded otherwise meanwhile, or is gone.
    Skipped,
}

/// What a regrade changes of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ChangeRecord {
    pub(crate) regrade_id: RegradeId,
    pub(crate) submission_id: SubmissionId,
    #[serde(skip)]
    pub(crate) learner_id: UserId,
    pub(crate) attempt: i32,
    pub(crate) old_score: i32,
    pub(crate) score: i32,
    pub(crate) old_percent: i32,
    pub(crate) percent: i32,
    pub(crate) old_passed: bool,
    pub(crate) passed: bool,
    pub(crate) state: ChangeState,
}

impl FromQueryResult for ChangeRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            regrade_id: row.regrade_id.into(),
            submission_id: row.submission_id.into(),
            learner_id: row.learner_id.into(),
            attempt: row.attempt,
            old_score: row.old_score,
            score: row.score,
            old_percent: row.old_percent,
            percent: row.percent,
            old_passed: row.old_passed,
            passed: row.passed,
            state: read_word(&row.state, "regraded_submission.state")?,
        })
    }
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    changes: &[ChangeRecord],
) -> Result<(), Error> {
    let mut rows = Vec::new();
    for change in changes {
        rows.push(ActiveModel {
            regrade_id: Set(change.regrade_id.uuid()),
            submission_id: Set(change.submission_id.uuid()),
            learner_id: Set(change.learner_id.uuid()),
            attempt: Set(change.attempt),
            old_score: Set(change.old_score),
            score: Set(change.score),
            old_percent: Set(change.old_percent),
            percent: Set(change.percent),
            old_passed: Set(change.old_passed),
            passed: Set(change.passed),
            state: Set(word(&change.state)?),
        });
    }
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Those that are not made yet, learner by learner.
pub(crate) async fn pending(
    db: &impl ConnectionTrait,
    regrade: RegradeId,
    limit: u64,
) -> Result<Vec<ChangeRecord>, Error> {
    let pending = Entity::find()
        .filter(Column::RegradeId.eq(regrade.uuid()))
        .filter(Column::State.eq(word(&ChangeState::Pending)?));
    let in_turn = pending
        .order_by_asc(Column::LearnerId)
        .order_by_asc(Column::Attempt);
    Ok(in_turn.limit(limit).into_model().all(db).await?)
}

/// Notes what became of a change.
pub(crate) async fn settle(
    db: &impl ConnectionTrait,
    change: &ChangeRecord,
    state: ChangeState,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(word(&state)?))
        .filter(Column::RegradeId.eq(change.regrade_id.uuid()))
        .filter(Column::SubmissionId.eq(change.submission_id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The latest answer of a learner that a regrade has given another grade.
pub(crate) async fn latest_applied(
    db: &impl ConnectionTrait,
    regrade: RegradeId,
    learner: UserId,
) -> Result<Option<SubmissionId>, Error> {
    let applied = Entity::find()
        .filter(Column::RegradeId.eq(regrade.uuid()))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::State.eq(word(&ChangeState::Applied)?));
    let latest = applied.order_by_desc(Column::Attempt);
    let latest: Option<ChangeRecord> = latest.into_model().one(db).await?;
    Ok(latest.map(|change| change.submission_id))
}

/// The changes of a regrade, learner by learner.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    regrade: RegradeId,
    page_request: &PageRequest,
) -> Result<Page<ChangeRecord>, Error> {
    let all = Entity::find().filter(Column::RegradeId.eq(regrade.uuid()));
    let sorts = [Column::LearnerId, Column::Attempt].map(|column| Sort::asc(Expr::col(column)));
    let keys = |change: &ChangeRecord| {
        vec![
            Key::Id(change.learner_id.uuid()),
            Key::Int(change.attempt.into()),
        ]
    };
    Ok(database::page(db, all, &sorts, page_request, keys).await?)
}

pub(crate) async fn delete(db: &impl ConnectionTrait, regrade: RegradeId) -> Result<(), Error> {
    let all = Column::RegradeId.eq(regrade.uuid());
    database::delete_where::<Entity>(db, all).await?;
    Ok(())
}

/// What regrades have changed, or would change, of a learner's answers.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    learner: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let cursor = theirs
        .cursor_by((Column::RegradeId, Column::SubmissionId))
        .into_model::<ChangeRecord>();
    let key = |row: &ChangeRecord| (row.regrade_id.uuid(), row.submission_id.uuid());
    Ok(database::export_after(db, cursor, place, key).await?)
}

/// Erases what is said of a learner's answers; returns how many there were.
pub(crate) async fn erase(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}
