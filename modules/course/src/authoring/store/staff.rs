//! Who works on which course.

use chrono::{DateTime, Utc};
use kernel::{CourseId, Place, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryResult, Set,
};
use uuid::Uuid;

use super::rows;
use crate::domain::StaffRole;
use crate::entity::column::{read_word, word};
use crate::entity::staff::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// One user's part in one course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StaffRecord {
    pub(crate) course_id: CourseId,
    pub(crate) user_id: UserId,
    pub(crate) role: StaffRole,
    /// Whether they have taken the role themselves, or an administrator has given it to them: nobody answers for a course
    /// that another instructor gave them.
    pub(crate) accepted: bool,
    pub(crate) since: DateTime<Utc>,
}

impl StaffRecord {
    /// Whether they answer for the course.
    pub(crate) fn is_owner(&self) -> bool {
        self.role == StaffRole::Owner && self.accepted
    }
}

impl FromQueryResult for StaffRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            course_id: row.course_id.into(),
            user_id: row.user_id.into(),
            role: read_word(&row.role, "staff.role")?,
            accepted: row.accepted,
            since: row.created_at,
        })
    }
}

/// Gives a user a role in a course, or another one than they had.
pub(crate) async fn upsert(db: &impl ConnectionTrait, staff: &StaffRecord) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(staff.course_id.uuid()),
        user_id: Set(staff.user_id.uuid()),
        role: Set(word(&staff.role)?),
        accepted: Set(staff.accepted),
        created_at: Set(staff.since),
    };
    let change = OnConflict::columns([Column::CourseId, Column::UserId])
        .update_columns([Column::Role, Column::Accepted])
        .to_owned();
    Entity::insert(row)
        .on_conflict(change)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// How many courses a user owns and has accepted.
pub(crate) async fn count_owned(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let owned = Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Role.eq(word(&StaffRole::Owner)?))
        .filter(Column::Accepted.eq(true));
    Ok(owned.count(db).await?)
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
    user: UserId,
) -> Result<Option<StaffRecord>, Error> {
    let found = Entity::find_by_id((course.uuid(), user.uuid()));
    Ok(found.into_model().one(db).await?)
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    course: CourseId,
    user: UserId,
) -> Result<(), Error> {
    Entity::delete_by_id((course.uuid(), user.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a user off every course; returns how many there were.
pub(crate) async fn erase(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}

/// What a user does in some of their courses, by the course's id.
pub(crate) async fn page_by(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<StaffRecord>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::CourseId).into_model();
    Ok(database::rows_after::<_, Uuid>(db, cursor, place).await?)
}

/// The staff of each of `courses`, the earliest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    courses: &[CourseId],
) -> Result<Vec<StaffRecord>, Error> {
    let ids = courses.iter().map(|id| id.uuid());
    let staff = Entity::find().filter(Column::CourseId.is_in(ids));
    rows::in_order(db, staff, [Column::CreatedAt, Column::UserId]).await
}
