//! Drafts that will be published.

use chrono::{DateTime, Utc};
use kernel::{CourseId, Keyed, Place, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, Set,
};
use serde::Serialize;
use uuid::Uuid;

use crate::entity::scheduled_publish::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// That the draft of a course will be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ScheduleRecord {
    pub(crate) course_id: CourseId,
    pub(crate) publish_at: DateTime<Utc>,
    pub(crate) change_notes: String,
    #[serde(skip)]
    pub(crate) scheduled_by: UserId,
    /// Why it was not published at that time.
    pub(crate) failure: Option<String>,
}

impl FromQueryResult for ScheduleRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            course_id: row.course_id.into(),
            publish_at: row.publish_at,
            change_notes: row.change_notes,
            scheduled_by: row.scheduled_by.into(),
            failure: row.failure,
        })
    }
}

/// Schedules a course, or changes its schedule.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    schedule: &ScheduleRecord,
) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(schedule.course_id.uuid()),
        publish_at: Set(schedule.publish_at),
        change_notes: Set(schedule.change_notes.clone()),
        scheduled_by: Set(schedule.scheduled_by.uuid()),
        failure: Set(schedule.failure.clone()),
    };
    let change = OnConflict::column(Column::CourseId)
        .update_columns([
            Column::PublishAt,
            Column::ChangeNotes,
            Column::ScheduledBy,
            Column::Failure,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(change)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Option<ScheduleRecord>, Error> {
    let found = Entity::find_by_id(course.uuid()).into_model();
    Ok(found.one(db).await?)
}

/// Whether there was one.
pub(crate) async fn delete(db: &impl ConnectionTrait, course: CourseId) -> Result<bool, Error> {
    let deleted = Entity::delete_by_id(course.uuid()).exec(db).await?;
    Ok(deleted.rows_affected > 0)
}

/// Keeps why a course was not published at this time, unless its schedule has changed since; whether it did.
pub(crate) async fn fail(
    db: &impl ConnectionTrait,
    (course, publish_at): (CourseId, DateTime<Utc>),
    failure: &str,
) -> Result<bool, Error> {
    let kept = Entity::update_many()
        .col_expr(Column::Failure, Expr::value(failure))
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::PublishAt.eq(publish_at))
        .filter(Column::Failure.is_null())
        .exec(db)
        .await?;
    Ok(kept.rows_affected > 0)
}

/// A few of the courses whose time has come, the earliest first; those that failed are not among them.
pub(crate) async fn due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<(CourseId, DateTime<Utc>)>, Error> {
    let due: Vec<(Uuid, DateTime<Utc>)> = Entity::find()
        .select_only()
        .columns([Column::CourseId, Column::PublishAt])
        .filter(Column::PublishAt.lte(now))
        .filter(Column::Failure.is_null())
        .order_by_asc(Column::PublishAt)
        .limit(20)
        .into_tuple()
        .all(db)
        .await?;
    Ok(due.into_iter().map(|(id, at)| (id.into(), at)).collect())
}

/// What a user has scheduled, by course.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::ScheduledBy.eq(user.uuid()));
    let cursor = theirs
        .cursor_by(Column::CourseId)
        .into_model::<ScheduleRecord>();
    let key = |schedule: &ScheduleRecord| schedule.course_id.uuid();
    Ok(database::export_after(db, cursor, place, key).await?)
}

/// Cancels what a user has scheduled; returns how much that was.
pub(crate) async fn erase(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::ScheduledBy.eq(user.uuid())).await?)
}
