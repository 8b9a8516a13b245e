//! Who works on which course.

use chrono::{DateTime, Utc};
use kernel::{CourseId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set};

use super::word;
use crate::content::StaffRole;
use crate::entity::staff::{ActiveModel, Column, Entity, Model};

/// One person's part in one course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StaffRecord {
    pub(crate) course_id: CourseId,
    pub(crate) user_id: UserId,
    pub(crate) role: StaffRole,
    pub(crate) since: DateTime<Utc>,
}

fn record(row: Model) -> Result<StaffRecord, DbErr> {
    Ok(StaffRecord {
        course_id: row.course_id.into(),
        user_id: row.user_id.into(),
        role: word(StaffRole::parse(&row.role), "staff.role")?,
        since: row.created_at,
    })
}

/// Gives a person a role in a course, or another one than they had.
pub(crate) async fn put(db: &impl ConnectionTrait, staff: &StaffRecord) -> Result<(), DbErr> {
    let row = ActiveModel {
        course_id: Set(staff.course_id.uuid()),
        user_id: Set(staff.user_id.uuid()),
        role: Set(staff.role.as_str().to_owned()),
        created_at: Set(staff.since),
    };
    let change = OnConflict::columns([Column::CourseId, Column::UserId])
        .update_column(Column::Role)
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
    person: UserId,
) -> Result<Option<StaffRecord>, DbErr> {
    let found = Entity::find_by_id((course.uuid(), person.uuid()))
        .one(db)
        .await?;
    found.map(record).transpose()
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    course: CourseId,
    person: UserId,
) -> Result<(), DbErr> {
    Entity::delete_by_id((course.uuid(), person.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a person off every course; returns how many there were.
pub(crate) async fn forget(db: &impl ConnectionTrait, person: UserId) -> Result<u64, DbErr> {
    let deleted = Entity::delete_many()
        .filter(Column::UserId.eq(person.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

/// What a person does in which course, the earliest first.
pub(crate) async fn list_by(
    db: &impl ConnectionTrait,
    person: UserId,
) -> Result<Vec<StaffRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(person.uuid()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::CourseId)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}

/// The staff of each of `courses`, the earliest first.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    courses: &[CourseId],
) -> Result<Vec<StaffRecord>, DbErr> {
    let rows = Entity::find()
        .filter(Column::CourseId.is_in(courses.iter().map(|id| id.uuid())))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::UserId)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}
