//! Who gets a report, and whom it may contain.

use contracts::course::Admission;
use contracts::user::UserDeleted;
use kernel::{Fault, PageRequest, Place, Role};
use serde_json::json;
use uuid::Uuid;

use super::{STAFF, caller, staff};
use crate::domain::{Enrollment, ReportFailure, ReportState};
use crate::outlines;
use crate::recording::enrollments;
use crate::reports::store::reports;
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

/// The names stand in the file although the learner is still there when it is read.
#[tokio::test]
async fn a_report_that_was_begun_before_an_erasure_is_written_again() {
    let test = ModuleTest::with_course().await;
    let ada = test.named_learner(0xb01, "Ada").await;
    test.crowd(2500).await;
    let id = test.request(json!({})).await.unwrap().id;
    let scratch = std::env::temp_dir();
    let mut writing = Box::pin(test.reports().write_due(&scratch));
    while test.count_pieces().await == 0 {
        let step = std::time::Duration::from_millis(1);
        let done = tokio::time::timeout(step, &mut writing).await;
        assert!(done.is_err(), "it is large enough for two pieces");
    }
    test.deliver_as(&UserDeleted { user_id: ada }, 3).await;
    assert!(writing.await.unwrap());
    assert_eq!(test.report(id).await.state, ReportState::Queued);
    assert!(test.write_report().await);
    let text = String::from_utf8(test.download(id).await).unwrap();
    assert!(!text.contains("Ada") && text.lines().count() == 2501);
}

#[tokio::test]
async fn erasures_use_up_no_attempt_of_a_report() {
    let test = ModuleTest::with_course().await;
    test.crowd(2500).await;
    let id = test.request(json!({})).await.unwrap().id;
    let scratch = std::env::temp_dir();
    for number in 0..7 {
        let gone = test.named_learner(0xb10 + number, "Gone").await;
        let mut writing = Box::pin(test.reports().write_due(&scratch));
        while test.report(id).await.state != ReportState::Running {
            let step = std::time::Duration::from_millis(1);
            let done = tokio::time::timeout(step, &mut writing).await;
            assert!(done.is_err(), "the erasure comes before it is ready");
        }
        test.deliver_as(&UserDeleted { user_id: gone }, 3).await;
        assert!(writing.await.unwrap());
    }
    assert!(test.write_report().await);
    let ready = test.report(id).await;
    assert_eq!((ready.state, ready.failure), (ReportState::Ready, None));
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
    let left = reports::list_gone(test.database.read(), test.env.now());
    assert_eq!(left.await.unwrap(), vec![]);
}
