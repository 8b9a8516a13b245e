//! The state of an enrolment as rows: what the fold of its facts gives, kept ready.

use kernel::{EnrollmentId, ExerciseId, LessonId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use super::enrollments::Enrollment;
use crate::entity::{exercise_progress, lesson_progress};
use crate::error::Error;
use crate::service::fold::{ExerciseState, LessonState, State};

/// The state of an enrolment, read from its rows.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    enrollment: &Enrollment,
) -> Result<State, Error> {
    if enrollment.revision == 0 {
        return Ok(State::default());
    }
    let id = enrollment.id.uuid();
    let lessons = lesson_progress::Entity::find()
        .filter(lesson_progress::Column::EnrollmentId.eq(id))
        .all(db)
        .await?;
    let exercises = exercise_progress::Entity::find()
        .filter(exercise_progress::Column::EnrollmentId.eq(id))
        .all(db)
        .await?;
    Ok(State {
        active: enrollment.is_active(),
        revision: enrollment.revision,
        enrolled_at: Some(enrollment.enrolled_at),
        started_at: enrollment.started_at,
        completed_at: enrollment.completed_at,
        last_activity_at: Some(enrollment.last_activity_at),
        lessons: lessons
            .into_iter()
            .map(|row| (row.lesson_id.into(), lesson(&row)))
            .collect(),
        exercises: exercises
            .into_iter()
            .map(|row| (row.exercise_id.into(), exercise(&row)))
            .collect(),
    })
}

pub(crate) async fn save_lesson(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
    id: LessonId,
    state: &LessonState,
) -> Result<(), Error> {
    use lesson_progress::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        enrollment_id: Set(enrollment.uuid()),
        lesson_id: Set(id.uuid()),
        percent: Set(state.percent),
        seconds: Set(state.seconds),
        started_at: Set(state.started_at),
        reported_at: Set(state.reported_at),
        completed_at: Set(state.completed_at),
    };
    let replace = OnConflict::columns([Column::EnrollmentId, Column::LessonId])
        .update_columns([
            Column::Percent,
            Column::Seconds,
            Column::StartedAt,
            Column::ReportedAt,
            Column::CompletedAt,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn save_exercise(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
    id: ExerciseId,
    state: &ExerciseState,
) -> Result<(), Error> {
    use exercise_progress::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        enrollment_id: Set(enrollment.uuid()),
        exercise_id: Set(id.uuid()),
        best_score: Set(state.best_score),
        max_score: Set(state.max_score),
        passed: Set(state.passed),
        perfect: Set(state.perfect),
        attempts: Set(state.attempts),
    };
    let replace = OnConflict::columns([Column::EnrollmentId, Column::ExerciseId])
        .update_columns([
            Column::BestScore,
            Column::MaxScore,
            Column::Passed,
            Column::Perfect,
            Column::Attempts,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
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

fn exercise(row: &exercise_progress::Model) -> ExerciseState {
    ExerciseState {
        best_score: row.best_score,
        max_score: row.max_score,
        passed: row.passed,
        perfect: row.perfect,
        attempts: row.attempts,
    }
}
