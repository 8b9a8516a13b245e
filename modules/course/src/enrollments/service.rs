//! What the progress module publishes of enrollments.

use contracts::progress::{ProgressEnrolled, ProgressUnenrolled, ProgressUpgraded};
use database::Transaction;

use super::store;
use crate::error::Error;

pub(crate) async fn on_enrolled(txn: &Transaction, event: ProgressEnrolled) -> Result<(), Error> {
    store::upsert(txn, event.course_id, event.learner_id, event.version).await
}

pub(crate) async fn on_upgraded(txn: &Transaction, event: ProgressUpgraded) -> Result<(), Error> {
    store::upsert(txn, event.course_id, event.learner_id, event.version).await
}

pub(crate) async fn on_unenrolled(
    txn: &Transaction,
    event: ProgressUnenrolled,
) -> Result<(), Error> {
    store::leave(txn, event.course_id, event.learner_id).await
}
