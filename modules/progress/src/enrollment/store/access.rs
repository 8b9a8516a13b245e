//! Enrollments whose time ends.

use chrono::{DateTime, Utc};
use kernel::{CourseId, EnrollmentId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::domain::EnrollmentStatus;
use crate::entity::enrollment::{Column, Entity};
use crate::error::Error;

/// An enrollment that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndingAccess {
    pub(crate) id: EnrollmentId,
    pub(crate) learner: UserId,
    pub(crate) course: CourseId,
    pub(crate) title: String,
    pub(crate) until: DateTime<Utc>,
}

/// Active enrollments whose time is over and that follow `last`, in the order of their ids.
pub(crate) async fn list_over(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    last: Option<EnrollmentId>,
    limit: u64,
) -> Result<Vec<(UserId, EnrollmentId)>, Error> {
    let further = last.map(|last| Column::Id.gt(last.uuid()));
    let rows: Vec<(Uuid, Uuid)> = Entity::find()
        .select_only()
        .columns([Column::LearnerId, Column::Id])
        .filter(Column::Status.eq(EnrollmentStatus::Active.into_str()))
        .filter(Column::AccessUntil.lte(now))
        .filter(Condition::all().add_option(further))
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(learner, id)| (learner.into(), id.into()))
        .collect())
}

/// Active enrollments that end between two moments and whose learners were not told of that end; locked, so that two
/// processes do not tell them both.
pub(crate) async fn lock_ending(
    db: &impl ConnectionTrait,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    limit: u64,
) -> Result<Vec<EndingAccess>, Error> {
    let untold = Expr::col(Column::RemindedUntil)
        .is_null()
        .or(Expr::col(Column::RemindedUntil).ne(Expr::col(Column::AccessUntil)));
    let rows = Entity::find()
        .filter(Column::Status.eq(EnrollmentStatus::Active.into_str()))
        .filter(Column::AccessUntil.gt(from))
        .filter(Column::AccessUntil.lte(until))
        .filter(untold)
        .order_by_asc(Column::AccessUntil)
        .limit(limit)
        .lock_exclusive()
        .all(db)
        .await?;
    let ending = rows.into_iter().filter_map(|row| {
        Some(EndingAccess {
            id: row.id.into(),
            learner: row.learner_id.into(),
            course: row.course_id.into(),
            title: row.title,
            until: row.access_until?,
        })
    });
    Ok(ending.collect())
}

/// Notes that the learners were told of the end of their enrollments as it is now.
pub(crate) async fn mark_reminded(
    db: &impl ConnectionTrait,
    enrollments: &[EnrollmentId],
) -> Result<(), Error> {
    let ids = enrollments.iter().map(|id| id.uuid());
    Entity::update_many()
        .col_expr(Column::RemindedUntil, Expr::col(Column::AccessUntil))
        .filter(Column::Id.is_in(ids))
        .exec(db)
        .await?;
    Ok(())
}
