//! Attempts that learners have begun and not handed in: at most one for each learner and exercise.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{CourseId, ExerciseId, Keyed, Place, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryResult, QuerySelect, Set,
};
use serde::Serialize;

use crate::domain::Answer;
use crate::entity::column::{decode, encode};
use crate::entity::open_attempt::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// An attempt that a learner has begun.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct OpenAttempt {
    #[serde(skip)]
    pub(crate) learner_id: UserId,
    pub(crate) exercise_id: ExerciseId,
    pub(crate) course_id: CourseId,
    /// The published version that it answers.
    pub(crate) number: i64,
    pub(crate) attempt: i32,
    pub(crate) started_at: DateTime<Utc>,
    /// When its time is over; `None` when it has no limit.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// What was saved of its answer so far.
    pub(crate) answer: Option<Answer>,
    pub(crate) saved_at: Option<DateTime<Utc>>,
}

/// How long after the end an answer is still taken, because it was on its way.
const GRACE: TimeDelta = TimeDelta::seconds(5);

impl OpenAttempt {
    pub(crate) fn is_timed(&self) -> bool {
        self.expires_at.is_some()
    }

    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| now >= end + GRACE)
    }
}

impl FromQueryResult for OpenAttempt {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            learner_id: row.learner_id.into(),
            exercise_id: row.exercise_id.into(),
            course_id: row.course_id.into(),
            number: row.number,
            attempt: row.attempt,
            started_at: row.started_at,
            expires_at: row.expires_at,
            answer: row.answer.as_deref().map(decode).transpose()?,
            saved_at: row.saved_at,
        })
    }
}

pub(crate) async fn insert(db: &impl ConnectionTrait, open: &OpenAttempt) -> Result<(), Error> {
    let row = ActiveModel {
        learner_id: Set(open.learner_id.uuid()),
        exercise_id: Set(open.exercise_id.uuid()),
        course_id: Set(open.course_id.uuid()),
        number: Set(open.number),
        attempt: Set(open.attempt),
        started_at: Set(open.started_at),
        expires_at: Set(open.expires_at),
        answer: Set(open.answer.as_ref().map(encode).transpose()?),
        saved_at: Set(open.saved_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<Option<OpenAttempt>, Error> {
    let found = Entity::find_by_id((learner.uuid(), exercise.uuid())).into_model();
    Ok(found.one(db).await?)
}

/// Finds an attempt and holds it until the commit.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<Option<OpenAttempt>, Error> {
    let held = Entity::find_by_id((learner.uuid(), exercise.uuid())).lock_exclusive();
    Ok(held.into_model().one(db).await?)
}

/// What a learner has begun of these exercises.
pub(crate) async fn of_learner(
    db: &impl ConnectionTrait,
    exercises: &[ExerciseId],
    learner: UserId,
) -> Result<Vec<OpenAttempt>, Error> {
    let found = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::ExerciseId.is_in(exercises.iter().map(|id| id.uuid())));
    Ok(found.into_model().all(db).await?)
}

/// Keeps what was answered so far.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    open: &OpenAttempt,
    answer: &Answer,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Answer, Expr::value(encode(answer)?))
        .col_expr(Column::SavedAt, Expr::value(now))
        .filter(Column::LearnerId.eq(open.learner_id.uuid()))
        .filter(Column::ExerciseId.eq(open.exercise_id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<(), Error> {
    let key = (learner.uuid(), exercise.uuid());
    Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}

/// How many attempts a learner has begun.
pub(crate) async fn count(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    Ok(theirs.count(db).await?)
}

/// A place in the order in which attempts end.
pub(crate) type End = (DateTime<Utc>, UserId, ExerciseId);

/// A few of the attempts whose time is over, the earliest first, behind `after`.
pub(crate) async fn over(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    after: Option<End>,
) -> Result<Vec<End>, Error> {
    let mut over = Entity::find()
        .filter(Column::ExpiresAt.lte(now - GRACE))
        .cursor_by((Column::ExpiresAt, Column::LearnerId, Column::ExerciseId));
    if let Some((end, learner, exercise)) = after {
        over.after((end, learner.uuid(), exercise.uuid()));
    }
    let rows: Vec<Model> = over.first(100).all(db).await?;
    let ends = rows.into_iter().filter_map(|row| {
        let end = row.expires_at?;
        Some((end, row.learner_id.into(), row.exercise_id.into()))
    });
    Ok(ends.collect())
}

/// What a user has begun, by exercise.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    learner: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let cursor = theirs
        .cursor_by(Column::ExerciseId)
        .into_model::<OpenAttempt>();
    let key = |open: &OpenAttempt| open.exercise_id.uuid();
    Ok(database::export_after(db, cursor, place, key).await?)
}

/// Erases what a user has begun; returns how much that was.
pub(crate) async fn erase(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}
