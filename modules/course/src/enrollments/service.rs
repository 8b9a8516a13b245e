//! What the progress module publishes of enrollments, and who sees it.

use contracts::course_ref::CourseRef;
use contracts::progress::{ProgressEnrolled, ProgressUnenrolled, ProgressUpgraded};
use database::{Database, Transaction};
use kernel::{Caller, Page, PageRequest};

use super::store;
use super::view::CourseEnrollment;
use crate::authoring;
use crate::domain::Need;
use crate::error::Error;

/// Shows who takes which course.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    authoring: authoring::Service,
}

impl Service {
    pub(crate) fn new(database: Database, authoring: authoring::Service) -> Self {
        Self {
            database,
            authoring,
        }
    }

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        version: Option<i64>,
        page_request: &PageRequest,
    ) -> Result<Page<CourseEnrollment>, Error> {
        let db = self.database.read();
        let course = self.authoring.find(db, course).await?;
        let may = self.authoring.require(db, caller, &course, Need::Read);
        may.await?;
        let page = store::list(db, course.id, version, page_request).await?;
        let ids = page.items.iter().map(|(learner, _)| *learner).collect();
        let names = self.authoring.names(ids).await;
        Ok(page.map(|(learner_id, version)| CourseEnrollment {
            learner_id,
            display_name: names.get(&learner_id).cloned(),
            version,
        }))
    }
}

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
    store::leave(txn, event.course_id, event.learner_id, event.barred).await
}
