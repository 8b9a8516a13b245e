//! Grades that wait for their learner to enrol.

use chrono::{DateTime, Utc};
use kernel::{CourseId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::entity::early_grade::{ActiveModel, Column, Entity};
use crate::error::Error;
use crate::service::fold::Grade;

/// Keeps a grade; one that is there already stays as it is.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
    grade: &Grade,
    graded_at: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        learner_id: Set(learner.uuid()),
        source: Set(grade.source()),
        course_id: Set(course.uuid()),
        grade: Set(serde_json::to_string(grade)?),
        graded_at: Set(graded_at),
    };
    let known = OnConflict::columns([Column::LearnerId, Column::Source])
        .do_nothing()
        .to_owned();
    Entity::insert(row)
        .on_conflict(known)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The grades of a learner in a course, oldest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
) -> Result<Vec<Grade>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::CourseId.eq(course.uuid()))
        .order_by_asc(Column::GradedAt)
        .order_by_asc(Column::Source)
        .all(db)
        .await?;
    rows.iter()
        .map(|row| serde_json::from_str(&row.grade).map_err(Error::from))
        .collect()
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::CourseId.eq(course.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes all of a learner's; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
