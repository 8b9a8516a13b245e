//! Answers with their grades.

mod attempts;
mod lists;
mod mistakes;
pub(crate) mod open_attempts;
pub(crate) mod taken_hints;

pub(crate) use attempts::{
    LastAttempt, Recent, Tried, is_queued, last_attempt_at, last_attempts, recent, tried,
};
pub(crate) use lists::{Wanted, graded_after, list, lock_present};
pub(crate) use mistakes::mistakes;
pub(crate) use open_attempts::OpenAttempt;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{CourseId, ExerciseId, Keyed, LessonId, Place, SubmissionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryResult, QuerySelect, Set,
};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::{Answer, SubmissionState};
use crate::entity::column::{decode, encode, read_word, word};
use crate::entity::submission::{ActiveModel, Column, Entity};
use crate::error::Error;

/// An answer; `A` is `()` where the answer itself is not read. It is `None` when the time was over before anything
/// was answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SubmissionRecord<A = Option<Answer>> {
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
    /// Whether its grade counts for progress.
    pub(crate) counts: bool,
    /// The percentage of the points that the attempt could give.
    pub(crate) attempt_percent: i32,
    pub(crate) feedback: String,
    pub(crate) created_at: DateTime<Utc>,
    /// Before it is graded, its score is 0, and it has not passed.
    pub(crate) state: SubmissionState,
    pub(crate) graded_at: Option<DateTime<Utc>>,
    /// The points for each criterion of the rubric, if there is one.
    pub(crate) criteria: Option<Vec<i32>>,
    pub(crate) comment: Option<String>,
    /// Who of the staff graded it. That is of them, and not of the learner.
    #[serde(skip)]
    pub(crate) graded_by: Option<UserId>,
    #[serde(skip)]
    pub(crate) claim: Option<Claim>,
}

/// That somebody of the staff is about to grade an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) by: UserId,
    pub(crate) at: DateTime<Utc>,
}

/// Who claims an answer and forgets it keeps it from the others no longer than this.
const CLAIM: TimeDelta = TimeDelta::hours(2);

impl Claim {
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        now < self.at + CLAIM
    }
}

/// What a list says of a graded answer.
pub(crate) type SubmissionHead = SubmissionRecord<()>;

impl<A> SubmissionRecord<A> {
    fn read(row: &QueryResult, pre: &str, answer: A) -> Result<Self, DbErr> {
        let id = |column: &str| row.try_get::<Uuid>(pre, column);
        let user = |column: &str| {
            let user = row.try_get::<Option<Uuid>>(pre, column)?;
            Ok::<_, DbErr>(user.map(UserId::from))
        };
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
            counts: row.try_get(pre, "counts")?,
            attempt_percent: row.try_get(pre, "attempt_percent")?,
            feedback: row.try_get(pre, "feedback")?,
            created_at: row.try_get(pre, "created_at")?,
            state: read_word(&row.try_get::<String>(pre, "state")?, "submission.state")?,
            graded_at: row.try_get(pre, "graded_at")?,
            criteria: row
                .try_get::<Option<String>>(pre, "criteria")?
                .map(|criteria| decode(&criteria))
                .transpose()?,
            comment: row.try_get(pre, "comment")?,
            graded_by: user("graded_by")?,
            claim: match (user("claimed_by")?, row.try_get(pre, "claimed_at")?) {
                (Some(by), Some(at)) => Some(Claim { by, at }),
                _ => None,
            },
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

fn row(submission: &SubmissionRecord) -> Result<ActiveModel, Error> {
    let criteria = submission.criteria.as_ref();
    Ok(ActiveModel {
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
        counts: Set(submission.counts),
        attempt_percent: Set(submission.attempt_percent),
        feedback: Set(submission.feedback.clone()),
        created_at: Set(submission.created_at),
        state: Set(word(&submission.state)?),
        graded_at: Set(submission.graded_at),
        criteria: Set(criteria.map(encode).transpose()?),
        comment: Set(submission.comment.clone()),
        graded_by: Set(submission.graded_by.map(UserId::uuid)),
        claimed_by: Set(submission.claim.map(|claim| claim.by.uuid())),
        claimed_at: Set(submission.claim.map(|claim| claim.at)),
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    submission: &SubmissionRecord,
) -> Result<(), Error> {
    let row = row(submission)?;
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the grade or the claim of an answer.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    submission: &SubmissionRecord,
) -> Result<(), Error> {
    row(submission)?.update(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: SubmissionId,
) -> Result<Option<SubmissionRecord>, Error> {
    let found = Entity::find_by_id(id.uuid()).into_model();
    Ok(found.one(db).await?)
}

/// Finds an answer and holds it until the commit, so that two of the staff do not grade it at once.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    id: SubmissionId,
) -> Result<Option<SubmissionRecord>, Error> {
    let held = Entity::find_by_id(id.uuid()).lock_exclusive();
    Ok(held.into_model().one(db).await?)
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

/// What one of the staff has graded, as their export shows it.
#[derive(FromQueryResult, Serialize)]
struct Graded {
    #[serde(rename = "submission_id")]
    id: Uuid,
    course_id: Uuid,
    graded_at: DateTime<Utc>,
}

/// The answers that a user has graded, by id.
pub(crate) async fn export_graded(
    db: &impl ConnectionTrait,
    grader: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find()
        .filter(Column::GradedBy.eq(grader.uuid()))
        .select_only()
        .columns([Column::Id, Column::CourseId, Column::GradedAt]);
    let cursor = theirs.cursor_by(Column::Id).into_model::<Graded>();
    Ok(database::export_after(db, cursor, place, |graded| graded.id).await?)
}

/// Takes a user's name off what they have graded, and gives up their claims; returns how many answers they have
/// graded.
pub(crate) async fn erase_grader(db: &impl ConnectionTrait, grader: UserId) -> Result<u64, Error> {
    let nobody = Option::<Uuid>::None;
    Entity::update_many()
        .col_expr(Column::ClaimedBy, Expr::value(nobody))
        .col_expr(
            Column::ClaimedAt,
            Expr::value(Option::<DateTime<Utc>>::None),
        )
        .filter(Column::ClaimedBy.eq(grader.uuid()))
        .exec(db)
        .await?;
    let changed = Entity::update_many()
        .col_expr(Column::GradedBy, Expr::value(nobody))
        .filter(Column::GradedBy.eq(grader.uuid()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected)
}
