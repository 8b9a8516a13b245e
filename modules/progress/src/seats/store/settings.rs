//! How learners come into courses.

use chrono::{DateTime, Utc};
use kernel::CourseId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use crate::domain::EnrollmentSettings;
use crate::entity::enrollment_settings::{ActiveModel, Column, Entity};
use crate::error::Error;
use crate::store;

/// The settings of a course and their revision, which is 0 where nobody has set any.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<(i64, EnrollmentSettings), Error> {
    let row = Entity::find_by_id(course.uuid()).one(db).await?;
    Ok(row.map_or((0, EnrollmentSettings::default()), |row| {
        let known = EnrollmentSettings {
            seats: row.seats,
            access_days: row.access_days,
            certificate_months: row.certificate_months,
        };
        (row.revision, known)
    }))
}

pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    course: CourseId,
    revision: i64,
    wanted: EnrollmentSettings,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        revision: Set(revision),
        seats: Set(wanted.seats),
        access_days: Set(wanted.access_days),
        certificate_months: Set(wanted.certificate_months),
        changed_at: Set(now),
        tried_at: Set(DateTime::UNIX_EPOCH),
    };
    store::upsert(db, vec![row]).await
}

/// Puts a course behind all others whose waiting lists move on.
pub(crate) async fn defer(
    db: &impl ConnectionTrait,
    course: CourseId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::TriedAt, Expr::value(now))
        .filter(Column::CourseId.eq(course.uuid()))
        .exec(db)
        .await?;
    Ok(())
}
