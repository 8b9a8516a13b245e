//! Reading a whole roster, a few learners at a time.

use chrono::{DateTime, Utc};
use kernel::EnrollmentId;
use sea_orm::ConnectionTrait;

use super::store::after;
use super::view::CourseLearner;
use crate::domain::Selection;
use crate::error::Error;

/// The learners of a selection whose enrollment follows `last`, as the roster shows them. Each call costs the same,
/// however many came before.
pub(crate) async fn list_after(
    db: &impl ConnectionTrait,
    selection: Selection,
    now: DateTime<Utc>,
    last: Option<EnrollmentId>,
    limit: u64,
) -> Result<Vec<CourseLearner>, Error> {
    let learners = after::list(db, selection, now, last, limit).await?;
    let learners = learners.into_iter();
    Ok(learners.map(|one| CourseLearner::of(one, now)).collect())
}
