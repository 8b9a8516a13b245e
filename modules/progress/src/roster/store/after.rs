//! The learners of a course one after the other, for who reads them all.

use chrono::{DateTime, Utc};
use kernel::{CourseId, EnrollmentId};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{LearnerRecord, Row, Wanted, select};
use crate::domain::Span;
use crate::entity::enrollment::Column;
use crate::error::Error;

/// Those who enrolled within `span` and whose enrollment follows `last`, in the order of their enrollments.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    span: Span,
    now: DateTime<Utc>,
    last: Option<EnrollmentId>,
    limit: u64,
) -> Result<Vec<LearnerRecord>, Error> {
    let mut wanted = select(course, &Wanted::default(), now);
    if let Some(from) = span.from {
        wanted = wanted.filter(Column::EnrolledAt.gte(from));
    }
    if let Some(until) = span.until {
        wanted = wanted.filter(Column::EnrolledAt.lt(until));
    }
    if let Some(last) = last {
        wanted = wanted.filter(Column::Id.gt(last.uuid()));
    }
    let found = wanted.order_by_asc(Column::Id).limit(limit);
    let found: Vec<Row> = found.into_model().all(db).await?;
    Ok(found.into_iter().map(LearnerRecord::from).collect())
}
