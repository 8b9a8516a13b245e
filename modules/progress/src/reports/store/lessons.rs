//! How far learners are in each lesson that they have begun.

use std::collections::BTreeMap;

use kernel::{EnrollmentId, LessonId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::domain::LessonState;
use crate::entity::lesson_progress::{Column, Entity};
use crate::error::Error;

/// The lessons of each enrollment.
pub(crate) type LessonsOf = BTreeMap<(EnrollmentId, LessonId), LessonState>;

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    enrollments: &[EnrollmentId],
) -> Result<LessonsOf, Error> {
    let ids = enrollments.iter().map(|id| id.uuid());
    let begun = Entity::find()
        .filter(Column::EnrollmentId.is_in(ids))
        .all(db)
        .await?;
    let states = begun.into_iter().map(|lesson| {
        let state = LessonState {
            percent: lesson.percent,
            seconds: lesson.seconds,
            started_at: lesson.started_at,
            reported_at: lesson.reported_at,
            completed_at: lesson.completed_at,
        };
        (
            (lesson.enrollment_id.into(), lesson.lesson_id.into()),
            state,
        )
    });
    Ok(states.collect())
}
