//! Graded answers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{
    CourseId, ExerciseId, Key, Keyed, LessonId, Page, PageRequest, Place, SubmissionId, UserId,
};
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, Select, Set,
};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::Answer;
use crate::entity::column::{self, decode, encode};
use crate::entity::course;
use crate::entity::enrollment;
use crate::entity::submission::{ActiveModel, Column, Entity};
use crate::error::Error;

/// A graded answer; `A` is `()` where the answer itself is not read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SubmissionRecord<A = Answer> {
    pub(crate) id: SubmissionId,
    pub(crate) exercise_id: ExerciseId,
    pub(crate) lesson_id: LessonId,
    pub(crate) course_id: CourseId,
    pub(crate) number: i64,
    pub(crate) learner_id: UserId,
    pub(crate) attempt: i32,
    pub(crate) answer: A,
    pub(crate) score: i32,
    pub(crate) max_score: i32,
    pub(crate) percent: i32,
    pub(crate) passed: bool,
    pub(crate) practice: bool,
    pub(crate) feedback: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// What a list says of a graded answer.
pub(crate) type SubmissionHead = SubmissionRecord<()>;

impl<A> SubmissionRecord<A> {
    fn read(row: &QueryResult, pre: &str, answer: A) -> Result<Self, DbErr> {
        let id = |column: &str| row.try_get::<Uuid>(pre, column);
        Ok(Self {
            id: id("id")?.into(),
            exercise_id: id("exercise_id")?.into(),
            lesson_id: id("lesson_id")?.into(),
            course_id: id("course_id")?.into(),
            number: row.try_get(pre, "number")?,
            learner_id: id("learner_id")?.into(),
            attempt: row.try_get(pre, "attempt")?,
            answer,
            score: row.try_get(pre, "score")?,
            max_score: row.try_get(pre, "max_score")?,
            percent: row.try_get(pre, "percent")?,
            passed: row.try_get(pre, "passed")?,
            practice: row.try_get(pre, "practice")?,
            feedback: row.try_get(pre, "feedback")?,
            created_at: row.try_get(pre, "created_at")?,
        })
    }
}

impl FromQueryResult for SubmissionHead {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        Self::read(row, pre, ())
    }
}

impl FromQueryResult for SubmissionRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let answer: String = row.try_get(pre, "answer")?;
        Self::read(row, pre, decode(&answer)?)
    }
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    submission: &SubmissionRecord,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(submission.id.uuid()),
        exercise_id: Set(submission.exercise_id.uuid()),
        lesson_id: Set(submission.lesson_id.uuid()),
        course_id: Set(submission.course_id.uuid()),
        number: Set(submission.number),
        learner_id: Set(submission.learner_id.uuid()),
        attempt: Set(submission.attempt),
        answer: Set(encode(&submission.answer)?),
        score: Set(submission.score),
        max_score: Set(submission.max_score),
        percent: Set(submission.percent),
        passed: Set(submission.passed),
        practice: Set(submission.practice),
        feedback: Set(submission.feedback.clone()),
        created_at: Set(submission.created_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: SubmissionId,
) -> Result<Option<SubmissionRecord>, Error> {
    let found = Entity::find_by_id(id.uuid()).into_model();
    Ok(found.one(db).await?)
}

/// What a learner has tried at an exercise.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tried {
    /// The number of the latest attempt; 0 before the first.
    pub(crate) attempts: i32,
    /// Whether one of them has passed.
    pub(crate) passed: bool,
}

/// What a learner has tried at an exercise so far.
pub(crate) async fn tried(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<Tried, Error> {
    let theirs = of_learner(exercise, learner);
    let found: Option<(Option<i32>, Option<i64>)> = theirs
        .select_only()
        .column_as(Column::Attempt.max(), "last")
        .expr_as(passes(exercise, learner), "passes")
        .into_tuple()
        .one(db)
        .await?;
    let (last, passes) = found.unwrap_or_default();
    Ok(Tried {
        attempts: last.unwrap_or(0),
        passed: passes.unwrap_or(0) > 0,
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

/// The numbers of the latest attempts of a learner at these exercises; none before the first.
pub(crate) async fn last_attempts(
    db: &impl ConnectionTrait,
    exercises: &[ExerciseId],
    learner: UserId,
) -> Result<HashMap<ExerciseId, i32>, Error> {
    let rows: Vec<(Uuid, i32)> = Entity::find()
        .select_only()
        .column(Column::ExerciseId)
        .column_as(Column::Attempt.max(), "last")
        .filter(Column::ExerciseId.is_in(exercises.iter().map(|id| id.uuid())))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .group_by(Column::ExerciseId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(exercise, last)| (exercise.into(), last))
        .collect())
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
    /// The newest published version of its course.
    pub(crate) published_version: i64,
    /// The version of its course in which the learner is enrolled.
    pub(crate) enrolled_version: Option<i64>,
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
        .column(enrollment::Column::Version)
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
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::CreatedAt.gt(since))
        .into_tuple()
        .one(db)
        .await?;
    let (submissions, bytes, oldest, last, published, enrolled, passes) = found.unwrap_or_default();
    Ok(Recent {
        submissions: u64::try_from(submissions).unwrap_or(0),
        bytes: u64::try_from(bytes.unwrap_or(0)).unwrap_or(0),
        oldest,
        last_attempt: last.unwrap_or(0),
        passed: passes.unwrap_or(0) > 0,
        published_version: published.unwrap_or(0),
        enrolled_version: enrolled,
    })
}

/// The answers to an exercise, or those of one learner, the newest first; their texts are not read.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: Option<UserId>,
    page_request: &PageRequest,
) -> Result<Page<SubmissionHead>, Error> {
    let mut select = Entity::find().filter(Column::ExerciseId.eq(exercise.uuid()));
    if let Some(learner) = learner {
        select = select.filter(Column::LearnerId.eq(learner.uuid()));
    }
    let heads = column::without(select, Column::Answer);
    let sorts = [Column::CreatedAt, Column::Id].map(|column| Sort::desc(Expr::col(column)));
    let keys = |head: &SubmissionHead| vec![Key::Time(head.created_at), Key::Id(head.id.uuid())];
    Ok(database::page(db, heads, &sorts, page_request, keys).await?)
}

/// What a user has answered, by id, which is the oldest first.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    learner: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let cursor = theirs
        .cursor_by(Column::Id)
        .into_model::<SubmissionRecord>();
    Ok(database::export_after(db, cursor, place, |answer| answer.id.uuid()).await?)
}

/// Erases what a user has answered; returns how many answers there were.
pub(crate) async fn erase(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}
