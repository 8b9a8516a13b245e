//! Which courses have a new version to tell of, and whom.

use chrono::{DateTime, Utc};
use kernel::{CourseId, EnrollmentId, UserId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
};
use uuid::Uuid;

use crate::domain::EnrollmentStatus;
use crate::entity::version_announcement::{ActiveModel, Column, Entity, Model};
use crate::entity::{course, enrollment};
use crate::error::Error;
use crate::store;

/// A new version that learners are told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnnouncementRecord {
    pub(crate) course: CourseId,
    pub(crate) version: i64,
    pub(crate) title: String,
    pub(crate) change_notes: String,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) after: Option<EnrollmentId>,
    pub(crate) announced_at: Option<DateTime<Utc>>,
    /// Whom it is for; everybody on an earlier version when absent.
    pub(crate) from_version: Option<i64>,
}

fn record(row: Model) -> AnnouncementRecord {
    AnnouncementRecord {
        course: row.course_id.into(),
        version: row.version,
        title: row.title,
        change_notes: row.change_notes,
        due_at: row.due_at,
        after: row.after.map(EnrollmentId::from),
        announced_at: row.announced_at,
        from_version: row.from_version,
    }
}

/// Finds what is to be told of a course, and holds it until the commit.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Option<AnnouncementRecord>, Error> {
    let found = Entity::find_by_id(course.uuid()).lock_exclusive().one(db);
    Ok(found.await?.map(record))
}

/// The change notes of a version, when it is the newest of which something is known.
pub(crate) async fn change_notes(
    db: &impl ConnectionTrait,
    course: CourseId,
    version: i64,
) -> Result<Option<String>, Error> {
    let found = Entity::find_by_id(course.uuid())
        .select_only()
        .column(Column::ChangeNotes)
        .filter(Column::Version.eq(version))
        .into_tuple()
        .one(db);
    Ok(found.await?)
}

pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    announcement: AnnouncementRecord,
) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(announcement.course.uuid()),
        version: Set(announcement.version),
        title: Set(announcement.title),
        change_notes: Set(announcement.change_notes),
        due_at: Set(announcement.due_at),
        after: Set(announcement.after.map(EnrollmentId::uuid)),
        announced_at: Set(announcement.announced_at),
        from_version: Set(announcement.from_version),
    };
    store::upsert(db, vec![row]).await
}

/// A few of the courses whose learners are to be told now; archived ones wait.
pub(crate) async fn due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<CourseId>, Error> {
    let archived = course::Entity::find()
        .select_only()
        .column(course::Column::Id)
        .filter(course::Column::Archived.eq(true));
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::CourseId)
        .filter(Column::CourseId.not_in_subquery(archived.into_query()))
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::DueAt)
        .limit(20)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(CourseId::from).collect())
}

/// The next learners who are on an older version: enrollment, learner, version.
pub(crate) async fn next_learners(
    db: &impl ConnectionTrait,
    announcement: &AnnouncementRecord,
    count: u64,
) -> Result<Vec<(EnrollmentId, UserId, i64)>, Error> {
    use enrollment::Column as Of;

    let mut select = enrollment::Entity::find()
        .select_only()
        .columns([Of::Id, Of::LearnerId, Of::Version])
        .filter(Of::CourseId.eq(announcement.course.uuid()))
        .filter(Of::Status.eq(EnrollmentStatus::Active.into_str()))
        .filter(Of::Version.lt(announcement.version));
    if let Some(version) = announcement.from_version {
        select = select.filter(Of::Version.eq(version));
    }
    if let Some(after) = announcement.after {
        select = select.filter(Of::Id.gt(after.uuid()));
    }
    let rows: Vec<(Uuid, Uuid, i64)> = select
        .order_by_asc(Of::Id)
        .limit(count)
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(id, learner, version)| (id.into(), learner.into(), version))
        .collect())
}
