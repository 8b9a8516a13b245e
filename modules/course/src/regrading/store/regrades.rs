//! Regrades and how far they are.

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, Keyed, Place, RegradeId, SubmissionId, UserId};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, QueryResult, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::entity::column::{read_word, word};
use crate::entity::regrade::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// How far a regrade is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RegradeState {
    /// What would change is being worked out.
    Checking,
    /// It is known what would change, and nothing has changed.
    Checked,
    /// The answers get their new grades.
    Applying,
    /// They have them.
    Applied,
}

/// A regrade of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RegradeRecord {
    pub(crate) id: RegradeId,
    pub(crate) course_id: CourseId,
    pub(crate) exercise_id: ExerciseId,
    pub(crate) number: i64,
    pub(crate) reason: String,
    pub(crate) state: RegradeState,
    pub(crate) counts: Counts,
    #[serde(skip)]
    pub(crate) requested_by: Option<UserId>,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
    /// The last answer that was checked, and when it was given.
    #[serde(skip)]
    pub(crate) after: Option<(DateTime<Utc>, SubmissionId)>,
}

/// What became of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) checked: i32,
    pub(crate) not_applicable: i32,
    pub(crate) lower: i32,
    pub(crate) raised: i32,
    pub(crate) passed: i32,
    pub(crate) applied: i32,
    pub(crate) skipped: i32,
}

impl FromQueryResult for RegradeRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            id: row.id.into(),
            course_id: row.course_id.into(),
            exercise_id: row.exercise_id.into(),
            number: row.number,
            reason: row.reason,
            state: read_word(&row.state, "regrade.state")?,
            counts: Counts {
                checked: row.checked,
                not_applicable: row.not_applicable,
                lower: row.lower,
                raised: row.raised,
                passed: row.passed,
                applied: row.applied,
                skipped: row.skipped,
            },
            requested_by: row.requested_by.map(UserId::from),
            requested_at: row.requested_at,
            finished_at: row.finished_at,
            after: row.after_at.zip(row.after_id.map(SubmissionId::from)),
        })
    }
}

fn row(regrade: &RegradeRecord) -> Result<ActiveModel, Error> {
    let counts = regrade.counts;
    Ok(ActiveModel {
        id: Set(regrade.id.uuid()),
        course_id: Set(regrade.course_id.uuid()),
        exercise_id: Set(regrade.exercise_id.uuid()),
        number: Set(regrade.number),
        reason: Set(regrade.reason.clone()),
        state: Set(word(&regrade.state)?),
        checked: Set(counts.checked),
        not_applicable: Set(counts.not_applicable),
        lower: Set(counts.lower),
        raised: Set(counts.raised),
        passed: Set(counts.passed),
        applied: Set(counts.applied),
        skipped: Set(counts.skipped),
        requested_by: Set(regrade.requested_by.map(UserId::uuid)),
        requested_at: Set(regrade.requested_at),
        finished_at: Set(regrade.finished_at),
        after_at: Set(regrade.after.map(|(at, _)| at)),
        after_id: Set(regrade.after.map(|(_, id)| id.uuid())),
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    regrade: &RegradeRecord,
) -> Result<(), Error> {
    let row = row(regrade)?;
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn save(db: &impl ConnectionTrait, regrade: &RegradeRecord) -> Result<(), Error> {
    row(regrade)?.update(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: RegradeId,
) -> Result<Option<RegradeRecord>, Error> {
    let found = Entity::find_by_id(id.uuid()).into_model();
    Ok(found.one(db).await?)
}

/// Finds a regrade and holds it until the commit, so that no other process goes on with it meanwhile.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    id: RegradeId,
) -> Result<Option<RegradeRecord>, Error> {
    let held = Entity::find_by_id(id.uuid()).lock_exclusive();
    Ok(held.into_model().one(db).await?)
}

/// The regrades of an exercise, the latest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
) -> Result<Vec<RegradeRecord>, Error> {
    let all = Entity::find().filter(Column::ExerciseId.eq(exercise.uuid()));
    let all = all
        .order_by_desc(Column::RequestedAt)
        .order_by_desc(Column::Id);
    Ok(all.into_model().all(db).await?)
}

/// Those that go on by themselves, the earliest first.
pub(crate) async fn due(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<RegradeId>, Error> {
    // The words stand in the statement, so that the partial index of what is due is used.
    let is = |state| -> Result<_, Error> {
        let word = Expr::cust(format!("'{}'", word(&state)?));
        Ok(Expr::col(Column::State).binary(BinOper::Equal, word))
    };
    let is_due = Condition::any()
        .add(is(RegradeState::Checking)?)
        .add(is(RegradeState::Applying)?);
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(is_due)
        .order_by_asc(Column::RequestedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(RegradeId::from).collect())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: RegradeId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

/// The regrades that a user has requested.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::RequestedBy.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id).into_model::<RegradeRecord>();
    Ok(database::export_after(db, cursor, place, |row| row.id.uuid()).await?)
}

/// Takes a user off the regrades that they have requested; returns how many there were.
pub(crate) async fn erase(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let changed = Entity::update_many()
        .col_expr(Column::RequestedBy, Expr::value(Option::<Uuid>::None))
        .filter(Column::RequestedBy.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected)
}
