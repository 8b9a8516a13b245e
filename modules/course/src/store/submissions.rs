//! Graded answers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, Key, LessonId, Page, Slice, SubmissionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde::Serialize;
use uuid::Uuid;

use super::{decode, encode};
use crate::entity::submission::{ActiveModel, Column, Entity, Model};
use crate::question::Answer;
use database::{Sort, select_after};

/// A graded answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SubmissionRecord {
    pub(crate) id: SubmissionId,
    pub(crate) exercise_id: ExerciseId,
    pub(crate) lesson_id: LessonId,
    pub(crate) course_id: CourseId,
    pub(crate) number: i64,
    pub(crate) learner_id: UserId,
    pub(crate) attempt: i32,
    pub(crate) answer: Answer,
    pub(crate) score: i32,
    pub(crate) max_score: i32,
    pub(crate) passed: bool,
    pub(crate) feedback: String,
    pub(crate) created_at: DateTime<Utc>,
}

fn record(row: Model) -> Result<SubmissionRecord, DbErr> {
    Ok(SubmissionRecord {
        id: row.id.into(),
        exercise_id: row.exercise_id.into(),
        lesson_id: row.lesson_id.into(),
        course_id: row.course_id.into(),
        number: row.number,
        learner_id: row.learner_id.into(),
        attempt: row.attempt,
        answer: decode(&row.answer)?,
        score: row.score,
        max_score: row.max_score,
        passed: row.passed,
        feedback: row.feedback,
        created_at: row.created_at,
    })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    submission: &SubmissionRecord,
) -> Result<(), DbErr> {
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
        passed: Set(submission.passed),
        feedback: Set(submission.feedback.clone()),
        created_at: Set(submission.created_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: SubmissionId,
) -> Result<Option<SubmissionRecord>, DbErr> {
    let found = Entity::find_by_id(id.uuid()).one(db).await?;
    found.map(record).transpose()
}

/// The number of a learner's latest attempt at an exercise; 0 before the first.
pub(crate) async fn last_attempt(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<i32, DbErr> {
    let last: Option<Option<i32>> = Entity::find()
        .select_only()
        .column_as(Column::Attempt.max(), "last")
        .filter(Column::ExerciseId.eq(exercise.uuid()))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

/// The numbers of the latest attempts of these learners at these exercises; none before the first.
pub(crate) async fn last_attempts(
    db: &impl ConnectionTrait,
    exercises: &[ExerciseId],
    learners: &[UserId],
) -> Result<HashMap<(ExerciseId, UserId), i32>, DbErr> {
    let rows: Vec<(Uuid, Uuid, i32)> = Entity::find()
        .select_only()
        .column(Column::ExerciseId)
        .column(Column::LearnerId)
        .column_as(Column::Attempt.max(), "last")
        .filter(Column::ExerciseId.is_in(exercises.iter().map(|id| id.uuid())))
        .filter(Column::LearnerId.is_in(learners.iter().map(|id| id.uuid())))
        .group_by(Column::ExerciseId)
        .group_by(Column::LearnerId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(exercise, learner, last)| ((exercise.into(), learner.into()), last))
        .collect())
}

/// The answers to an exercise, or those of one learner, the newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    learner: Option<UserId>,
    slice: &Slice,
) -> Result<Page<SubmissionRecord>, DbErr> {
    let mut select = Entity::find().filter(Column::ExerciseId.eq(exercise.uuid()));
    if let Some(learner) = learner {
        select = select.filter(Column::LearnerId.eq(learner.uuid()));
    }
    let total = match slice.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let sorts = [
        Sort::desc(Expr::col(Column::CreatedAt)),
        Sort::desc(Expr::col(Column::Id)),
    ];
    let rows = select_after(select, db.get_database_backend(), &sorts, slice)
        .all(db)
        .await?;
    let records: Result<Vec<_>, _> = rows.into_iter().map(record).collect();
    let mut page = Page::cut(records?, slice, |submission| {
        vec![
            Key::Time(submission.created_at),
            Key::Id(submission.id.uuid()),
        ]
    });
    page.total = total;
    Ok(page)
}

/// All that a person has answered, the oldest first.
pub(crate) async fn list_all_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<SubmissionRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}

/// Forgets what a person has answered; returns how many answers there were.
pub(crate) async fn forget(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, DbErr> {
    let deleted = Entity::delete_many()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
