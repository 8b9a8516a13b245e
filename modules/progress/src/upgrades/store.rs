//! Which courses have learners to be moved, and whom.

use chrono::{DateTime, Utc};
use kernel::{CourseId, EnrollmentId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Set,
};
use uuid::Uuid;

use crate::domain::EnrollmentStatus;
use crate::entity::course_upgrade::{ActiveModel, Column, Entity, Model};
use crate::entity::enrollment;
use crate::error::Error;
use crate::store;

/// What stands for the version of those who are moved when it is everybody on an earlier one.
const EVERYBODY: i64 = 0;

/// A version to which learners have to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UpgradeRecord {
    pub(super) course: CourseId,
    pub(super) from_version: Option<i64>,
    pub(super) version: i64,
    pub(super) requested_at: DateTime<Utc>,
}

pub(super) async fn upsert(
    db: &impl ConnectionTrait,
    upgrade: &UpgradeRecord,
) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(upgrade.course.uuid()),
        from_version: Set(upgrade.from_version.unwrap_or(EVERYBODY)),
        version: Set(upgrade.version),
        requested_at: Set(upgrade.requested_at),
        tried_at: Set(upgrade.requested_at),
    };
    store::upsert(db, vec![row]).await
}

/// A few of the upgrades that go on, the longest waiting first.
pub(super) async fn due(db: &impl ConnectionTrait) -> Result<Vec<UpgradeRecord>, Error> {
    let rows: Vec<Model> = Entity::find()
        .order_by_asc(Column::TriedAt)
        .order_by_asc(Column::CourseId)
        .order_by_asc(Column::FromVersion)
        .limit(20)
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| UpgradeRecord {
            course: row.course_id.into(),
            from_version: Some(row.from_version).filter(|from| *from != EVERYBODY),
            version: row.version,
            requested_at: row.requested_at,
        })
        .collect())
}

/// Puts an upgrade behind all others.
pub(super) async fn defer(
    db: &impl ConnectionTrait,
    upgrade: &UpgradeRecord,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::TriedAt, Expr::value(now))
        .filter(Column::CourseId.eq(upgrade.course.uuid()))
        .filter(Column::FromVersion.eq(upgrade.from_version.unwrap_or(EVERYBODY)))
        .filter(Column::RequestedAt.eq(upgrade.requested_at))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends an upgrade, unless the same was requested again meanwhile.
pub(super) async fn delete(
    db: &impl ConnectionTrait,
    upgrade: &UpgradeRecord,
) -> Result<(), Error> {
    let from = upgrade.from_version.unwrap_or(EVERYBODY);
    Entity::delete_by_id((upgrade.course.uuid(), from))
        .filter(Column::RequestedAt.eq(upgrade.requested_at))
        .exec(db)
        .await?;
    Ok(())
}

fn concerned(upgrade: &UpgradeRecord) -> Select<enrollment::Entity> {
    use enrollment::Column as Of;

    let select = enrollment::Entity::find()
        .filter(Of::CourseId.eq(upgrade.course.uuid()))
        .filter(Of::Status.eq(EnrollmentStatus::Active.into_str()))
        .filter(Of::Version.lt(upgrade.version));
    match upgrade.from_version {
        Some(version) => select.filter(Of::Version.eq(version)),
        None => select,
    }
}

pub(super) async fn count(
    db: &impl ConnectionTrait,
    upgrade: &UpgradeRecord,
) -> Result<i64, Error> {
    let count = concerned(upgrade).count(db).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Some of those who are still to be moved. Whoever was moved is none of them, so nothing else has to be remembered.
pub(super) async fn next_learners(
    db: &impl ConnectionTrait,
    upgrade: &UpgradeRecord,
    count: u64,
) -> Result<Vec<(EnrollmentId, UserId)>, Error> {
    use enrollment::Column as Of;

    let rows: Vec<(Uuid, Uuid)> = concerned(upgrade)
        .select_only()
        .columns([Of::Id, Of::LearnerId])
        .order_by_asc(Of::Id)
        .limit(count)
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(id, learner)| (id.into(), learner.into()))
        .collect())
}
