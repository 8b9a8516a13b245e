//! The state of an enrollment as rows: what the fold of its facts gives, kept ready.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use kernel::{EnrollmentId, ExerciseId, LessonId};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
};
use uuid::Uuid;

use crate::domain::{Enrollment, EnrollmentStatus, ExerciseState, LessonState, State};
use crate::entity::{enrollment, exercise_progress, lesson_progress};
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
        expired: enrollment.status == EnrollmentStatus::Expired,
        access_until: enrollment.access_until,
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
        "awaiting",
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
        .columns([OfExercise::Attempts, OfExercise::Awaiting])
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
                    awaiting: row.try_get("", "awaiting")?,
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

/// When the learner of an enrollment last reported in another course after `since`.
pub(crate) async fn last_report_elsewhere(
    db: &impl ConnectionTrait,
    enrollment: &Enrollment,
    since: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    use enrollment::Column as Of;
    use lesson_progress::Column;

    let others = enrollment::Entity::find()
        .select_only()
        .column(Of::Id)
        .filter(Of::LearnerId.eq(enrollment.learner.uuid()))
        .filter(Of::Id.ne(enrollment.id.uuid()))
        .filter(Of::LastActivityAt.gt(since));
    let reported: Option<Option<DateTime<Utc>>> = lesson_progress::Entity::find()
        .select_only()
        .column_as(Column::ReportedAt.max(), "reported_at")
        .filter(Column::EnrollmentId.in_subquery(others.into_query()))
        .filter(Column::ReportedAt.gt(since))
        .filter(Expr::col(Column::ReportedAt).gt(Expr::col(Column::StartedAt)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(reported.flatten())
}

/// How far a learner is in the lessons of several enrollments, by one statement.
pub(crate) async fn list_lessons(
    db: &impl ConnectionTrait,
    enrollments: &[EnrollmentId],
) -> Result<HashMap<EnrollmentId, BTreeMap<LessonId, LessonState>>, Error> {
    let ids = enrollments.iter().map(|id| id.uuid());
    let rows = lesson_progress::Entity::find()
        .filter(lesson_progress::Column::EnrollmentId.is_in(ids))
        .all(db)
        .await?;
    let mut lessons: HashMap<EnrollmentId, BTreeMap<LessonId, LessonState>> = HashMap::new();
    for row in rows {
        let of = lessons.entry(row.enrollment_id.into()).or_default();
        of.insert(row.lesson_id.into(), lesson(&row));
    }
    Ok(lessons)
}

/// The exercises of several enrollments that were answered and are not passed, by one statement.
pub(crate) async fn list_failed(
    db: &impl ConnectionTrait,
    enrollments: &[EnrollmentId],
) -> Result<HashMap<EnrollmentId, Vec<ExerciseId>>, Error> {
    let ids = enrollments.iter().map(|id| id.uuid());
    let rows: Vec<(Uuid, Uuid)> = exercise_progress::Entity::find()
        .select_only()
        .columns([
            exercise_progress::Column::EnrollmentId,
            exercise_progress::Column::ExerciseId,
        ])
        .filter(exercise_progress::Column::EnrollmentId.is_in(ids))
        .filter(exercise_progress::Column::Passed.eq(false))
        .filter(exercise_progress::Column::Attempts.gt(0))
        .into_tuple()
        .all(db)
        .await?;
    let mut failed: HashMap<EnrollmentId, Vec<ExerciseId>> = HashMap::new();
    for (enrollment, exercise) in rows {
        failed
            .entry(enrollment.into())
            .or_default()
            .push(exercise.into());
    }
    Ok(failed)
}

pub(crate) async fn upsert_lessons(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
    lessons: &[(LessonId, &LessonState)],
) -> Result<(), Error> {
    let rows = lessons
        .iter()
        .map(|(id, state)| lesson_row(enrollment, *id, state));
    store::upsert(db, rows.collect()).await
}

pub(crate) fn lesson_row(
    enrollment: EnrollmentId,
    lesson: LessonId,
    state: &LessonState,
) -> lesson_progress::ActiveModel {
    lesson_progress::ActiveModel {
        enrollment_id: Set(enrollment.uuid()),
        lesson_id: Set(lesson.uuid()),
        percent: Set(state.percent),
        seconds: Set(state.seconds),
        started_at: Set(state.started_at),
        reported_at: Set(state.reported_at),
        completed_at: Set(state.completed_at),
    }
}

pub(crate) async fn upsert_exercises(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
    exercises: &[(ExerciseId, &ExerciseState)],
) -> Result<(), Error> {
    let rows = exercises
        .iter()
        .map(|(id, state)| exercise_row(enrollment, *id, state));
    store::upsert(db, rows.collect()).await
}

pub(crate) fn exercise_row(
    enrollment: EnrollmentId,
    exercise: ExerciseId,
    state: &ExerciseState,
) -> exercise_progress::ActiveModel {
    exercise_progress::ActiveModel {
        enrollment_id: Set(enrollment.uuid()),
        exercise_id: Set(exercise.uuid()),
        best_score: Set(state.best_score),
        max_score: Set(state.max_score),
        credit: Set(state.credit),
        passed: Set(state.passed),
        perfect: Set(state.perfect),
        attempts: Set(state.attempts),
        awaiting: Set(state.awaiting),
        first_attempt: Set(state.first_attempt),
        first_score: Set(state.first_score),
        first_max: Set(state.first_max),
        first_passed: Set(state.first_passed),
    }
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
