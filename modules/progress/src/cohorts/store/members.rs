//! Who is in which cohort: one row per enrollment.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{CohortId, EnrollmentId, Key, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Set,
};
use uuid::Uuid;

use crate::entity::cohort_member::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store::{self, Exported};

/// A learner in a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemberRecord {
    pub(crate) learner: UserId,
    pub(crate) added_at: DateTime<Utc>,
}

/// The cohort that an enrollment is in.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
) -> Result<Option<CohortId>, Error> {
    let row = Entity::find_by_id(enrollment.uuid()).one(db).await?;
    Ok(row.map(|row| row.cohort_id.into()))
}

/// Puts an enrollment into a cohort, and out of the one that it was in.
pub(crate) async fn upsert(
    db: &impl ConnectionTrait,
    cohort: CohortId,
    (enrollment, learner): (EnrollmentId, UserId),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        enrollment_id: Set(enrollment.uuid()),
        cohort_id: Set(cohort.uuid()),
        learner_id: Set(learner.uuid()),
        added_at: Set(now),
    };
    store::upsert(db, vec![row]).await
}

/// Takes a learner out of a cohort; returns whether they were in it.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    cohort: CohortId,
    learner: UserId,
) -> Result<bool, Error> {
    let member = Condition::all()
        .add(Column::LearnerId.eq(learner.uuid()))
        .add(Column::CohortId.eq(cohort.uuid()));
    Ok(database::delete_where::<Entity>(db, member).await? > 0)
}

/// Takes everybody out of a cohort.
pub(crate) async fn delete_all(db: &impl ConnectionTrait, cohort: CohortId) -> Result<(), Error> {
    database::delete_where::<Entity>(db, Column::CohortId.eq(cohort.uuid())).await?;
    Ok(())
}

/// How many are in a cohort.
pub(crate) async fn count(db: &impl ConnectionTrait, cohort: CohortId) -> Result<u64, Error> {
    let members = Entity::find().filter(Column::CohortId.eq(cohort.uuid()));
    Ok(members.count(db).await?)
}

/// How many are in each of some cohorts; one that has nobody is left out.
pub(crate) async fn count_each(
    db: &impl ConnectionTrait,
    cohorts: &[CohortId],
) -> Result<HashMap<CohortId, u64>, Error> {
    let rows: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::CohortId)
        .column_as(Column::EnrollmentId.count(), "members")
        .filter(Column::CohortId.is_in(cohorts.iter().map(|id| id.uuid())))
        .group_by(Column::CohortId)
        .into_tuple()
        .all(db)
        .await?;
    let counted = rows
        .into_iter()
        .map(|(id, count)| (id.into(), u64::try_from(count).unwrap_or(0)));
    Ok(counted.collect())
}

/// The members of a cohort, in the order in which they enrolled.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    cohort: CohortId,
    page_request: &PageRequest,
) -> Result<Page<MemberRecord>, Error> {
    let select = Entity::find().filter(Column::CohortId.eq(cohort.uuid()));
    let sorts = [database::Sort::asc(Expr::col((
        Entity,
        Column::EnrollmentId,
    )))];
    let keys = |row: &Model| vec![Key::Id(row.enrollment_id)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(|row| MemberRecord {
        learner: row.learner_id.into(),
        added_at: row.added_at,
    }))
}

/// Takes a learner out of all cohorts; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::EnrollmentId);
    Ok(database::export_after(db, cursor, place, |row| row.enrollment_id).await?)
}
