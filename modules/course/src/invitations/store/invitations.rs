//! Codes that let people into courses; only their hashes are kept.

use chrono::{DateTime, Utc};
use kernel::{CourseId, InvitationId, Keyed, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QueryResult, Set,
};
use serde::Serialize;
use uuid::Uuid;

use crate::entity::course_invitation::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// An invitation without its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct InvitationRecord {
    pub(crate) id: InvitationId,
    pub(crate) course_id: CourseId,
    pub(crate) name: String,
    pub(crate) max_uses: Option<i32>,
    pub(crate) uses: i32,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub(crate) created_by: Option<UserId>,
    pub(crate) created_at: DateTime<Utc>,
}

impl FromQueryResult for InvitationRecord {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let row = Model::from_query_result(row, pre)?;
        Ok(Self {
            id: row.id.into(),
            course_id: row.course_id.into(),
            name: row.name,
            max_uses: row.max_uses,
            uses: row.uses,
            expires_at: row.expires_at,
            created_by: row.created_by.map(UserId::from),
            created_at: row.created_at,
        })
    }
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    invitation: &InvitationRecord,
    code_hash: Vec<u8>,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(invitation.id.uuid()),
        course_id: Set(invitation.course_id.uuid()),
        code_hash: Set(code_hash),
        name: Set(invitation.name.clone()),
        max_uses: Set(invitation.max_uses),
        uses: Set(invitation.uses),
        expires_at: Set(invitation.expires_at),
        created_by: Set(invitation.created_by.map(UserId::uuid)),
        created_at: Set(invitation.created_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The invitations to a course, the earliest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<InvitationRecord>, Error> {
    let all = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id);
    Ok(all.into_model().all(db).await?)
}

pub(crate) async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<u64, Error> {
    let all = Entity::find().filter(Column::CourseId.eq(course.uuid()));
    Ok(all.count(db).await?)
}

pub(crate) async fn find_by_code(
    db: &impl ConnectionTrait,
    course: CourseId,
    code_hash: Vec<u8>,
) -> Result<Option<InvitationRecord>, Error> {
    let found = Entity::find()
        .filter(Column::CodeHash.eq(code_hash))
        .filter(Column::CourseId.eq(course.uuid()));
    Ok(found.into_model().one(db).await?)
}

/// Counts one more use, unless there is no place left; returns how many rows it has changed.
pub(crate) async fn take_place(db: &impl ConnectionTrait, id: InvitationId) -> Result<u64, Error> {
    let free = Expr::col(Column::Uses).lt(Expr::col(Column::MaxUses));
    let changed = Entity::update_many()
        .col_expr(Column::Uses, Expr::col(Column::Uses).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::MaxUses.is_null().or(free))
        .exec(db)
        .await?;
    Ok(changed.rows_affected)
}

/// Returns how many rows are gone.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    course: CourseId,
    id: InvitationId,
) -> Result<u64, Error> {
    let deleted = Entity::delete_by_id(id.uuid())
        .filter(Column::CourseId.eq(course.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

/// The invitations that a user has created.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::CreatedBy.eq(user.uuid()));
    let cursor = theirs
        .cursor_by(Column::Id)
        .into_model::<InvitationRecord>();
    Ok(database::export_after(db, cursor, place, |row| row.id.uuid()).await?)
}

/// Takes a user off the invitations that they have created; returns how many there were.
pub(crate) async fn erase(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let changed = Entity::update_many()
        .col_expr(Column::CreatedBy, Expr::value(Option::<Uuid>::None))
        .filter(Column::CreatedBy.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected)
}
