//! Who has left the line of a course by themselves, which is remembered for a day.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{CourseId, Place, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::entity::waiting_list_departure::{ActiveModel, Column, Entity};
use crate::error::Error;
use crate::store::{self, Exported};

const REMEMBERED: TimeDelta = TimeDelta::days(1);
/// How far the clocks of two processes may differ.
const AHEAD: TimeDelta = TimeDelta::minutes(1);

/// Remembers that a learner has left the line of a course.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        learner_id: Set(learner.uuid()),
        course_id: Set(course.uuid()),
        left_at: Set(now),
    };
    store::upsert(db, vec![row]).await
}

/// Whether a learner has left the line of a course within a day.
pub(crate) async fn is_recent(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let found = Entity::find_by_id((learner.uuid(), course.uuid()))
        .filter(Column::LeftAt.gt(now - REMEMBERED))
        // By a clock that was ahead, they would not come back for longer.
        .filter(Column::LeftAt.lte(now + AHEAD))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Forgets that a learner has left the line of a course, because they have come back.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<(), Error> {
    Entity::delete_by_id((learner.uuid(), course.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets who left long ago; returns how many there were.
pub(crate) async fn delete_old(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LeftAt.lte(now - REMEMBERED)).await?)
}

/// Deletes all of a learner's; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::CourseId);
    Ok(database::export_after(db, cursor, place, |row| row.course_id).await?)
}
