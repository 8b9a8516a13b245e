//! The learners of a course one after the other, for who reads them all.

use chrono::{DateTime, Utc};
use kernel::EnrollmentId;
use sea_orm::{ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{LearnerRecord, Row, Wanted, select};
use crate::domain::Selection;
use crate::entity::enrollment::Column;
use crate::error::Error;
use crate::store::selected;

/// Those of a selection whose enrollment follows `last`, in the order of their enrollments.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    selection: Selection,
    now: DateTime<Utc>,
    last: Option<EnrollmentId>,
    limit: u64,
) -> Result<Vec<LearnerRecord>, Error> {
    let wanted =
        select(selection.course, &Wanted::default(), now).filter(selected(selection, last));
    let found = wanted.order_by_asc(Column::Id).limit(limit);
    let found: Vec<Row> = found.into_model().all(db).await?;
    Ok(found.into_iter().map(LearnerRecord::from).collect())
}
