//! Who gets a report, and whom it may contain.

use contracts::course::Admission;
use contracts::user::UserDeleted;
use kernel::{Fault, PageRequest, Place, ReportId, Role};
use sea_orm::DatabaseBackend;
use serde_json::json;
use uuid::Uuid;

use super::{STAFF, caller, staff};
use crate::domain::{Enrollment, ReportFailure, ReportState};
use crate::outlines;
use crate::recording::enrollments;
use crate::reports::store::{erasures, reports};
use crate::tests::{ModuleTest, course, user};

impl ModuleTest {
    /// Learners who have only enrolled, written without all that enrolling does.
    pub(super) async fn crowd(&self, count: u128) {
        let now = self.env.now();
        let txn = self.database.begin().await.unwrap();
        let outline = outlines::find(&txn, course(), 1).await.unwrap().unwrap();
        for number in 0..count {
            let id = Uuid::from_u128(0xe000_0000 + number).into();
            let learner = Uuid::from_u128(0xc000_0000 + number).into();
            let enrollment = Enrollment::new(id, learner, "go".to_owned(), &outline, now);
            enrollments::insert(&txn, &enrollment).await.unwrap();
        }
        txn.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_report_is_its_requesters_alone_and_only_while_they_may_change_the_course() {
    let test = ModuleTest::with_course().await;
    test.crowd(2).await;
    let id = test.request(json!({})).await.unwrap().id;
    assert!(test.write_report().await);
    let of = |editor| Admission {
        staff: editor,
        editor,
        invited: false,
    };
    *test.courses.admission.lock().unwrap() = of(true);
    let teacher = caller(STAFF, Role::Instructor);
    assert!(test.reports().content(&teacher, id).await.is_ok());
    let other = caller(0xa03, Role::Instructor);
    let hidden = test.reports().content(&other, id).await.err().unwrap();
    assert_eq!(hidden.code(), "progress.report_not_found");
    *test.courses.admission.lock().unwrap() = of(false);
    let refused = test.reports().content(&teacher, id).await.err().unwrap();
    assert_eq!(refused.code(), "progress.editor_required");
}

#[tokio::test]
async fn erasing_a_learner_ends_the_reports_that_contain_them() {
    let test = ModuleTest::with_course().await;
    let ada = test.named_learner(0xb01, "Ada").await;
    test.named_learner(0xb02, "Bob").await;
    let id = test.request(json!({})).await.unwrap().id;
    assert!(test.write_report().await);
    test.deliver_as(&UserDeleted { user_id: ada }, 3).await;
    let report = test.report(id).await;
    let ended = (ReportState::Failed, Some(ReportFailure::LearnerErased));
    assert_eq!((report.state, report.failure), ended);
    assert!(test.reports().content(&staff(), id).await.is_err());
    assert_eq!(test.reports().sweep().await.unwrap(), 1);
    let text = String::from_utf8(test.written(json!({})).await).unwrap();
    assert!(!text.contains("Ada") && text.contains("Bob"), "{text}");
}

impl ModuleTest {
    /// Begins to write a report, as a process does that is killed before it has stored anything.
    async fn begin_report(&self, id: ReportId) {
        let (lease, now) = (self.reports().lease(), self.env.now());
        let fence = lease.acquire(now).await.unwrap().unwrap();
        let report = reports::find(self.database.read(), id).await.unwrap();
        let txn = self.database.begin_private().await.unwrap();
        let begun = reports::begin(&txn, &report.unwrap(), now, lease.is_held(fence)).await;
        assert!(begun.unwrap());
        txn.commit().await.unwrap();
    }
}

#[tokio::test]
async fn erasures_use_up_no_attempt_of_a_report() {
    let test = ModuleTest::with_course().await;
    test.crowd(3).await;
    let id = test.request(json!({})).await.unwrap().id;
    for number in 0..7 {
        let gone = test.named_learner(0xb10 + number, "Gone").await;
        test.begin_report(id).await;
        test.deliver_as(&UserDeleted { user_id: gone }, 3).await;
        assert_eq!(test.report(id).await.state, ReportState::Queued);
    }
    assert!(test.write_report().await);
    let ready = test.report(id).await;
    assert_eq!((ready.state, ready.rows_done), (ReportState::Ready, 3));
}

/// An erasure that has ended the reports of the course already holds the course until it commits.
#[tokio::test]
async fn a_report_that_was_begun_before_an_erasure_is_written_again() {
    let test = ModuleTest::with_course().await;
    let ada = test.named_learner(0xb01, "Ada").await;
    test.crowd(2500).await;
    let id = test.request(json!({})).await.unwrap().id;
    let txn = test.database.begin_private().await.unwrap();
    if test.database.backend() == DatabaseBackend::Postgres {
        erasures::invalidate(&txn, ada).await.unwrap();
    }
    let service = test.reports().clone();
    let writing = tokio::spawn(async move { service.write_due(&std::env::temp_dir()).await });
    if test.database.backend() == DatabaseBackend::Postgres {
        let begun = async {
            while test.report(id).await.rows_estimated == 0 {
                tokio::task::yield_now().await;
            }
        };
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, begun).await.unwrap();
    } else {
        // It has the only writer, so that the report waits for it from its beginning.
        erasures::invalidate(&txn, ada).await.unwrap();
    }
    txn.commit().await.unwrap();
    assert!(writing.await.unwrap().unwrap());
    let state = test.report(id).await.state;
    if test.database.backend() == DatabaseBackend::Postgres {
        assert_eq!(state, ReportState::Queued);
        assert!(test.write_report().await);
    }
    assert_eq!(test.report(id).await.state, ReportState::Ready);
}

#[tokio::test]
async fn reports_are_exported_and_erased_with_whoever_has_requested_them() {
    let test = ModuleTest::with_course().await;
    test.request(json!({})).await.unwrap();
    let txn = test.database.begin().await.unwrap();
    let place = Place {
        list: "reports".to_owned(),
        after: None,
    };
    let exported = reports::export(&txn, user(STAFF), &place).await.unwrap();
    txn.rollback().await.unwrap();
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0].1["kind"], "roster");
    let gone = UserDeleted {
        user_id: user(STAFF),
    };
    test.deliver_as(&gone, 3).await;
    let first = PageRequest::first(5);
    let list = test.reports().list(&staff(), &first).await.unwrap();
    assert_eq!(list.items, vec![]);
    test.reports().sweep().await.unwrap();
    let left = reports::list_gone(test.database.read());
    assert_eq!(left.await.unwrap(), vec![]);
}
