//! The state of an enrollment as rows: what the fold of its facts gives, kept ready.

use std::collections::BTreeMap;

use kernel::{EnrollmentId, ExerciseId, LessonId};
use sea_orm::sea_query::{Expr, Query, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::domain::{Enrollment, EnrollmentStatus, ExerciseState, LessonState, State};
use crate::entity::{exercise_progress, lesson_progress};
use crate::error::Error;
use crate::store;

/// The state of an enrollment, read from its rows.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    enrollment: &Enrollment,
) -> Result<State, Error> {
    if enrollment.revision == 0 {
        return Ok(State::default());
    }
    let (lessons, exercises) = find_parts(db, enrollment.id).await?;
    Ok(State {
        active: enrollment.is_active(),
        removed: enrollment.status == EnrollmentStatus::Removed,
        revision: enrollment.revision,
        enrolled_at: Some(enrollment.enrolled_at),
        started_at: enrollment.started_at,
        completed_at: enrollment.completed_at,
        last_activity_at: Some(enrollment.last_activity_at),
        lessons,
        exercises,
    })
}

type Parts = (
    BTreeMap<LessonId, LessonState>,
    BTreeMap<ExerciseId, ExerciseState>,
);

/// Lessons and exercises by one statement, because a statement costs more than its rows: each row
/// has the columns of its own table, and nothing in the others.
async fn find_parts(db: &impl ConnectionTrait, enrollment: EnrollmentId) -> Result<Parts, Error> {
    use exercise_progress::Column as OfExercise;
    use lesson_progress::Column as OfLesson;

    let nothing = || Expr::cust("NULL");
    let mut lessons = Query::select();
    lessons
        .column(OfLesson::LessonId)
        .columns([OfLesson::Percent, OfLesson::Seconds])
        .columns([OfLesson::StartedAt, OfLesson::ReportedAt])
        .column(OfLesson::CompletedAt);
    for column in [
        "best_score",
        "max_score",
        "credit",
        "passed",
        "perfect",
        "attempts",
        "first_attempt",
        "first_score",
        "first_max",
        "first_passed",
    ] {
        lessons.expr_as(nothing(), column);
    }
    lessons
        .from(lesson_progress::Entity)
        .and_where(OfLesson::EnrollmentId.eq(enrollment.uuid()));
    let mut exercises = Query::select();
    exercises.column(OfExercise::ExerciseId);
    exercises.exprs([nothing(), nothing(), nothing(), nothing(), nothing()]);
    exercises
        .columns([OfExercise::BestScore, OfExercise::MaxScore])
        .column(OfExercise::Credit)
        .columns([OfExercise::Passed, OfExercise::Perfect])
        .column(OfExercise::Attempts)
        .columns([OfExercise::FirstAttempt, OfExercise::FirstScore])
        .columns([OfExercise::FirstMax, OfExercise::FirstPassed])
        .from(exercise_progress::Entity)
        .and_where(OfExercise::EnrollmentId.eq(enrollment.uuid()));
    let both = lessons.union(UnionType::All, exercises);
    let mut parts = Parts::default();
    for row in db.query_all(both).await? {
        let id: Uuid = row.try_get_by_index(0)?;
        match row.try_get::<Option<i32>>("", "percent")? {
            Some(percent) => {
                let state = LessonState {
                    percent,
                    seconds: row.try_get("", "seconds")?,
                    started_at: row.try_get("", "started_at")?,
                    reported_at: row.try_get("", "reported_at")?,
                    completed_at: row.try_get("", "completed_at")?,
                };
                parts.0.insert(id.into(), state);
            }
            None => {
                let state = ExerciseState {
                    best_score: row.try_get("", "best_score")?,
                    max_score: row.try_get("", "max_score")?,
                    credit: row.try_get("", "credit")?,
                    passed: row.try_get("", "passed")?,
                    perfect: row.try_get("", "perfect")?,
                    attempts: row.try_get("", "attempts")?,
                    first_attempt: row.try_get("", "first_attempt")?,
                    first_score: row.try_get("", "first_score")?,
                    first_max: row.try_get("", "first_max")?,
                    first_passed: row.try_get("", "first_passed")?,
                };
                parts.1.insert(id.into(), state);
            }
        }
    }
    Ok(parts)
}

/// How far the learner is in each lesson that they have begun.
pub(crate) async fn find_lessons(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
) -> Result<BTreeMap<LessonId, LessonState>, Error> {
    let rows = lesson_progress::Entity::find()
        .filter(lesson_progress::Column::EnrollmentId.eq(enrollment.uuid()))
        .all(db)
        .await?;
    let lessons = rows.iter().map(|row| (row.lesson_id.into(), lesson(row)));
    Ok(lessons.collect())
}

pub(crate) async fn upsert_lessons(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
    lessons: &[(LessonId, &LessonState)],
) -> Result<(), Error> {
    let rows = lessons
        .iter()
        .map(|(id, state)| lesson_progress::ActiveModel {
            enrollment_id: Set(enrollment.uuid()),
            lesson_id: Set(id.uuid()),
            percent: Set(state.percent),
            seconds: Set(state.seconds),
            started_at: Set(state.started_at),
            reported_at: Set(state.reported_at),
            completed_at: Set(state.completed_at),
        });
    store::upsert(db, rows.collect()).await
}

pub(crate) async fn upsert_exercises(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
    exercises: &[(ExerciseId, &ExerciseState)],
) -> Result<(), Error> {
    let rows = exercises
        .iter()
        .map(|(id, state)| exercise_progress::ActiveModel {
            enrollment_id: Set(enrollment.uuid()),
            exercise_id: Set(id.uuid()),
            best_score: Set(state.best_score),
            max_score: Set(state.max_score),
            credit: Set(state.credit),
            passed: Set(state.passed),
            perfect: Set(state.perfect),
            attempts: Set(state.attempts),
            first_attempt: Set(state.first_attempt),
            first_score: Set(state.first_score),
            first_max: Set(state.first_max),
            first_passed: Set(state.first_passed),
        });
    store::upsert(db, rows.collect()).await
}

fn lesson(row: &lesson_progress::Model) -> LessonState {
    LessonState {
        percent: row.percent,
        seconds: row.seconds,
        started_at: row.started_at,
        reported_at: row.reported_at,
        completed_at: row.completed_at,
    }
}
