//! How courses are graded.

use chrono::{DateTime, Utc};
use kernel::CourseId;
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use crate::domain::Grading;
use crate::entity::gradebook::{ActiveModel, Entity};
use crate::error::Error;
use crate::store;

/// The grading of a course and its revision; nothing while nobody has set one.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Option<(i64, Grading)>, Error> {
    let row = Entity::find_by_id(course.uuid()).one(db).await?;
    row.map(|row| Ok((row.revision, serde_json::from_str(&row.grading)?)))
        .transpose()
}

/// Puts a grading and its revision in place of those before, if there are any.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    course: CourseId,
    revision: i64,
    grading: &Grading,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        revision: Set(revision),
        grading: Set(serde_json::to_string(grading)?),
        changed_at: Set(now),
    };
    store::upsert(db, vec![row]).await
}
