//! The log of a course, learner by learner.

use kernel::EnrollmentId;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef,
};

use super::activity::{ActivityRecord, record};
use crate::domain::Selection;
use crate::entity::activity::{Column, Entity};
use crate::entity::enrollment;
use crate::error::Error;
use crate::store::in_cohort;

/// The facts of a selection's course and cohort that happened within its span and follow the fact `last` of a stream: enrollment by enrollment, and those of
/// each in their order. The log has no index by course, so the enrollments of the course lead to their streams.
pub(crate) async fn list_after(
    db: &impl ConnectionTrait,
    selection: Selection,
    last: Option<(EnrollmentId, i64)>,
    limit: u64,
) -> Result<Vec<ActivityRecord>, Error> {
    use enrollment::Column as OfEnrollment;

    let of_enrollment: RelationDef = enrollment::Entity::belongs_to(Entity)
        .from(OfEnrollment::Id)
        .to(Column::Stream)
        .into();
    let id = || Expr::col((enrollment::Entity, OfEnrollment::Id));
    let version = || Expr::col((Entity, Column::Version));
    let mut wanted = Entity::find()
        .join(JoinType::InnerJoin, of_enrollment.rev())
        .filter(OfEnrollment::CourseId.eq(selection.course.uuid()));
    if let Some(cohort) = selection.cohort {
        wanted = wanted.filter(in_cohort(cohort));
    }
    let span = selection.span;
    if let Some(from) = span.from {
        wanted = wanted.filter(Column::OccurredAt.gte(from));
    }
    if let Some(until) = span.until {
        wanted = wanted.filter(Column::OccurredAt.lt(until));
    }
    if let Some((stream, number)) = last {
        // Without the first of the two, no index would lead to where the rest begins.
        let further = Condition::any()
            .add(id().gt(stream.uuid()))
            .add(version().gt(number));
        wanted = wanted.filter(id().gte(stream.uuid())).filter(further);
    }
    let found = wanted
        .order_by_asc(id())
        .order_by_asc(version())
        .limit(limit)
        .all(db)
        .await?;
    found.into_iter().map(record).collect()
}
