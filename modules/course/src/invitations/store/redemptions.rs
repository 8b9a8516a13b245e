//! Who was let into which course by an invitation.

use chrono::{DateTime, Utc};
use kernel::{CourseId, InvitationId, Keyed, Place, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::entity::redemption::{ActiveModel, Column, Entity};
use crate::error::Error;

pub(crate) async fn exists(
    db: &impl ConnectionTrait,
    course: CourseId,
    user: UserId,
) -> Result<bool, Error> {
    let found = Entity::find_by_id((course.uuid(), user.uuid()));
    Ok(found.count(db).await? > 0)
}

/// Lets a user in, once for a course; returns how many rows are new.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    course: CourseId,
    user: UserId,
    invitation: InvitationId,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        user_id: Set(user.uuid()),
        invitation_id: Set(invitation.uuid()),
        redeemed_at: Set(now),
    };
    let known = OnConflict::columns([Column::CourseId, Column::UserId])
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(row)
        .on_conflict(known)
        .exec_without_returning(db)
        .await?;
    Ok(inserted)
}

/// The courses that a user was invited to, by the course's id.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::CourseId);
    Ok(database::export_after(db, cursor, place, |row| row.course_id).await?)
}

/// Returns how many there were.
pub(crate) async fn erase(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}
