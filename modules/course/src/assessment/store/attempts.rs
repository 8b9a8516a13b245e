//! What a learner has tried already.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, UserId};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::domain::SubmissionState;
use crate::entity::column::word;
use crate::entity::submission::{Column, Entity};
use crate::entity::{course, enrollment, open_attempt};
use crate::error::Error;

/// What a learner has tried at an exercise.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tried {
    /// The number of the latest attempt; 0 before the first.
    pub(crate) attempts: i32,
    /// Whether one of them has passed.
    pub(crate) passed: bool,
    /// Whether they have started another one with a time limit, and not handed it in.
    pub(crate) is_answering: bool,
}

/// What a learner has tried at an exercise so far.
pub(crate) async fn tried(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<Tried, Error> {
    let theirs = of_learner(exercise, learner);
    let started = open_attempt::Entity::find_by_id((learner.uuid(), exercise.uuid()))
        .select_only()
        .column(open_attempt::Column::Attempt)
        .filter(open_attempt::Column::ExpiresAt.is_not_null())
        .into_query();
    let found: Option<(Option<i32>, Option<i64>, Option<i32>)> = theirs
        .select_only()
        .column_as(Column::Attempt.max(), "last")
        .expr_as(passes(exercise, learner), "passes")
        .expr_as(
            SimpleExpr::SubQuery(None, Box::new(started.into())),
            "started",
        )
        .into_tuple()
        .one(db)
        .await?;
    let (last, passes, started) = found.unwrap_or_default();
    Ok(Tried {
        attempts: last.unwrap_or(0),
        passed: passes.unwrap_or(0) > 0,
        is_answering: started.is_some(),
    })
}

fn of_learner(exercise: ExerciseId, learner: UserId) -> Select<Entity> {
    Entity::find()
        .filter(Column::ExerciseId.eq(exercise.uuid()))
        .filter(Column::LearnerId.eq(learner.uuid()))
}

/// How many answers of a learner to an exercise have passed, as a part of another statement.
fn passes(exercise: ExerciseId, learner: UserId) -> SimpleExpr {
    let passes = of_learner(exercise, learner)
        .select_only()
        .column_as(Column::Id.count(), "passes")
        .filter(Column::Passed.eq(true))
        .into_query();
    SimpleExpr::SubQuery(None, Box::new(passes.into()))
}

/// The latest attempt of a learner at an exercise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastAttempt {
    pub(crate) attempt: i32,
    pub(crate) at: DateTime<Utc>,
    /// Whether this or an earlier one has passed.
    pub(crate) passed: bool,
}

/// The latest attempts of a learner at these exercises; none before the first.
pub(crate) async fn last_attempts(
    db: &impl ConnectionTrait,
    exercises: &[ExerciseId],
    learner: UserId,
) -> Result<HashMap<ExerciseId, LastAttempt>, Error> {
    let passes = CaseStatement::new()
        .case(Column::Passed.eq(true), 1)
        .finally(0);
    let passes = Func::max(SimpleExpr::Case(Box::new(passes)));
    let rows: Vec<(Uuid, i32, DateTime<Utc>, i32)> = Entity::find()
        .select_only()
        .column(Column::ExerciseId)
        .column_as(Column::Attempt.max(), "last")
        .column_as(Column::CreatedAt.max(), "at")
        .expr_as(SimpleExpr::from(passes), "passes")
        .filter(Column::ExerciseId.is_in(exercises.iter().map(|id| id.uuid())))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .group_by(Column::ExerciseId)
        .into_tuple()
        .all(db)
        .await?;
    let last = |(exercise, attempt, at, passes): (Uuid, _, _, i32)| {
        let passed = passes > 0;
        let last = LastAttempt {
            attempt,
            at,
            passed,
        };
        (exercise.into(), last)
    };
    Ok(rows.into_iter().map(last).collect())
}

/// When a learner handed in their latest attempt at an exercise.
pub(crate) async fn last_attempt_at(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<Option<DateTime<Utc>>, Error> {
    let last = of_learner(exercise, learner)
        .select_only()
        .column(Column::CreatedAt)
        .order_by_desc(Column::Attempt)
        .limit(1);
    Ok(last.into_tuple().one(db).await?)
}

/// What a learner has handed in of late.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recent {
    pub(crate) submissions: u64,
    pub(crate) bytes: u64,
    pub(crate) oldest: Option<DateTime<Utc>>,
    /// The number of the latest attempt at the exercise in question; 0 before the first.
    pub(crate) last_attempt: i32,
    /// Whether an attempt at it has passed.
    pub(crate) passed: bool,
    /// Whether an attempt at it was begun and not handed in.
    pub(crate) has_open_attempt: bool,
    /// The newest published version of its course.
    pub(crate) published_version: i64,
    /// The version of its course in which the learner is enrolled.
    pub(crate) enrolled_version: Option<i64>,
    /// That, or the one to which they would come back.
    pub(crate) binding_version: Option<i64>,
}

impl Recent {
    /// The version whose answers count: the learner's own, or else the newest.
    pub(crate) fn present_version(&self) -> i64 {
        self.binding_version.unwrap_or(self.published_version)
    }
}

/// The version that a learner is on; below 0 if they have left it.
fn own_version() -> SimpleExpr {
    let version = || Expr::col((enrollment::Entity, enrollment::Column::Version));
    let active = Expr::col((enrollment::Entity, enrollment::Column::Active)).eq(true);
    let own = CaseStatement::new()
        .case(active, version())
        .finally(version().mul(-1));
    SimpleExpr::Case(Box::new(own))
}

/// What a learner has handed in after `since`, and ever for `exercise`. Neither database reads the
/// answers for it.
pub(crate) async fn recent(
    db: &impl ConnectionTrait,
    (course, exercise): (CourseId, ExerciseId),
    learner: UserId,
    since: DateTime<Utc>,
) -> Result<Recent, Error> {
    let published = course::Entity::find_by_id(course.uuid())
        .select_only()
        .column(course::Column::PublishedVersion)
        .into_query();
    let last = of_learner(exercise, learner)
        .select_only()
        .column_as(Column::Attempt.max(), "last")
        .into_query();
    let enrolled = enrollment::Entity::find_by_id((course.uuid(), learner.uuid()))
        .select_only()
        .expr_as(own_version(), "own")
        .into_query();
    let open = open_attempt::Entity::find_by_id((learner.uuid(), exercise.uuid()))
        .select_only()
        .column(open_attempt::Column::Attempt)
        .into_query();
    let bytes = Func::sum(Func::cust("octet_length").arg(Expr::col(Column::Answer)));
    type Row = (
        i64,
        Option<i64>,
        Option<DateTime<Utc>>,
        Option<i32>,
        Option<i64>,
        Option<i64>,
        Option<i64>,
        Option<i32>,
    );
    let found: Option<Row> = Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "submissions")
        .expr_as(Expr::from(bytes).cast_as("bigint"), "bytes")
        .column_as(Column::CreatedAt.min(), "oldest")
        .expr_as(SimpleExpr::SubQuery(None, Box::new(last.into())), "last")
        .expr_as(
            SimpleExpr::SubQuery(None, Box::new(published.into())),
            "published",
        )
        .expr_as(
            SimpleExpr::SubQuery(None, Box::new(enrolled.into())),
            "enrolled",
        )
        .expr_as(passes(exercise, learner), "passes")
        .expr_as(SimpleExpr::SubQuery(None, Box::new(open.into())), "open")
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::CreatedAt.gt(since))
        .into_tuple()
        .one(db)
        .await?;
    let (submissions, bytes, oldest, last, published, enrolled, passes, open) =
        found.unwrap_or_default();
    Ok(Recent {
        submissions: u64::try_from(submissions).unwrap_or(0),
        bytes: u64::try_from(bytes.unwrap_or(0)).unwrap_or(0),
        oldest,
        last_attempt: last.unwrap_or(0),
        passed: passes.unwrap_or(0) > 0,
        has_open_attempt: open.is_some(),
        published_version: published.unwrap_or(0),
        enrolled_version: enrolled.filter(|version| *version > 0),
        binding_version: enrolled.map(i64::abs),
    })
}

/// Whether an answer of a learner to an exercise waits to be graded.
pub(crate) async fn is_queued(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<bool, Error> {
    let queued = word(&SubmissionState::Queued)?;
    let waiting = of_learner(exercise, learner).filter(Column::State.eq(queued));
    Ok(waiting.count(db).await? > 0)
}
