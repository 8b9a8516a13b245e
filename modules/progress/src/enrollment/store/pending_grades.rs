//! Grades that wait for their learner to enroll in the version that was answered, or a newer one.

use chrono::{DateTime, Utc};
use kernel::{CourseId, Place, UserId};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::domain::Grade;
use crate::entity::pending_grade::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store::Exported;

/// Keeps a grade; one that is there already stays as it is. Of each exercise the best and the
/// newest one in each version are enough for all that is counted, so an enrollment never has more to credit than
/// two grades for each exercise and version.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    learner: UserId,
    (course, version): (CourseId, i64),
    grade: &Grade,
    graded_at: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        learner_id: Set(learner.uuid()),
        source: Set(grade.source()),
        course_id: Set(course.uuid()),
        exercise_id: Set(grade.exercise.uuid()),
        version: Set(version),
        grade: Set(serde_json::to_string(grade)?),
        graded_at: Set(graded_at),
    };
    Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    let alike = of(learner, course)
        .add(Column::Version.eq(version))
        .add(Column::ExerciseId.eq(grade.exercise.uuid()));
    let rows = Entity::find().filter(alike.clone()).all(db).await?;
    let grades: Result<Vec<Grade>, _> = rows.iter().map(read).collect();
    let grades = grades?;
    let best = grades
        .iter()
        .max_by_key(|grade| (grade.passed, grade.worth(WHOLE)));
    let newest = grades.iter().max_by_key(|grade| grade.attempt);
    let kept: Vec<String> = best.into_iter().chain(newest).map(Grade::source).collect();
    if rows.len() > kept.len() {
        Entity::delete_many()
            .filter(alike)
            .filter(Column::Source.is_not_in(kept))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Fine enough to distinguish the scores of any two grades.
const WHOLE: i32 = 1_000_000;

fn read(row: &Model) -> Result<Grade, Error> {
    serde_json::from_str(&row.grade).map_err(Error::from)
}

fn of(learner: UserId, course: CourseId) -> Condition {
    Condition::all()
        .add(Column::LearnerId.eq(learner.uuid()))
        .add(Column::CourseId.eq(course.uuid()))
}

/// The grades of a learner in a version of a course and those before it, oldest first: their attempts are used
/// up, and credit is kept by the exercise.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
    version: i64,
) -> Result<Vec<Grade>, Error> {
    let rows = Entity::find()
        .filter(of(learner, course))
        .filter(Column::Version.lte(version))
        .order_by_asc(Column::GradedAt)
        .order_by_asc(Column::Source)
        .all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
    version: i64,
) -> Result<(), Error> {
    Entity::delete_many()
        .filter(of(learner, course))
        .filter(Column::Version.lte(version))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes all of a learner's; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Source);
    Ok(database::export_after(db, cursor, place, |row| row.source.clone()).await?)
}
