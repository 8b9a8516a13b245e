//! Which reports are written, by whom, and how often.

use chrono::Duration;
use kernel::Fault;
use serde_json::json;

use super::{STAFF, staff};
use crate::domain::ReportState;
use crate::reports::service::Service;
use crate::reports::store::{pieces, reports, sizes};
use crate::tests::{ModuleTest, user};

impl ModuleTest {
    /// Reports as another process has them.
    fn elsewhere(&self) -> Service {
        Service::new(
            database::Database::clone(&self.database),
            self.env.clone(),
            self.progress.outlines.clone(),
            self.progress.gradebook.clone(),
        )
    }

    pub(super) async fn count_pieces(&self) -> u64 {
        pieces::count(self.database.read()).await.unwrap()
    }
}

#[tokio::test]
async fn what_a_killed_process_has_begun_is_written_once_by_another() {
    let test = ModuleTest::with_course().await;
    test.crowd(2500).await;
    let id = test.request(json!({})).await.unwrap().id;
    let (dead, alive) = (test.elsewhere(), test.elsewhere());
    let scratch = std::env::temp_dir();
    {
        let mut writing = Box::pin(dead.write_due(&scratch));
        // It is dropped, as by a kill, as soon as something of it is stored.
        while test.count_pieces().await == 0 {
            let step = std::time::Duration::from_millis(1);
            if tokio::time::timeout(step, &mut writing).await.is_ok() {
                break;
            }
        }
    }
    if test.report(id).await.state == ReportState::Ready {
        return;
    }
    assert!(
        !alive.write_due(&scratch).await.unwrap(),
        "the lease is held"
    );
    dead.release().await.unwrap();
    assert!(alive.write_due(&scratch).await.unwrap());
    let ready = test.report(id).await;
    assert_eq!((ready.state, ready.rows_done), (ReportState::Ready, 2500));
    let text = String::from_utf8(test.download(id).await).unwrap();
    assert_eq!(text.lines().count(), 2501);
    assert!(!dead.write_due(&scratch).await.unwrap(), "nothing is due");
}

#[tokio::test]
async fn a_process_that_wakes_up_adds_nothing_to_what_another_has_begun() {
    let test = ModuleTest::with_course().await;
    test.crowd(3).await;
    let id = test.request(json!({})).await.unwrap().id;
    let db = test.database.read();
    let (slow, quick) = (test.elsewhere(), test.elsewhere());
    let fence = slow.lease().acquire(test.env.now()).await.unwrap().unwrap();
    let mut report = reports::find(db, id).await.unwrap().unwrap();
    let txn = test.database.begin_private().await.unwrap();
    let mine = || slow.lease().is_held(fence);
    let begun = reports::begin(&txn, &report, test.env.now(), mine()).await;
    assert!(begun.unwrap());
    pieces::insert(&txn, id, 0, b"half".to_vec()).await.unwrap();
    txn.commit().await.unwrap();
    report.attempts += 1;
    report.state = ReportState::Running;
    slow.release().await.unwrap();
    assert!(quick.write_due(&std::env::temp_dir()).await.unwrap());
    let txn = test.database.begin_private().await.unwrap();
    let goes_on = reports::advance(&txn, &report, mine()).await.unwrap();
    txn.rollback().await.unwrap();
    assert!(!goes_on);
    let text = String::from_utf8(test.download(id).await).unwrap();
    assert!(
        !text.contains("half") && text.lines().count() == 4,
        "{text}"
    );
}

#[tokio::test]
async fn a_report_that_is_cancelled_is_not_written_and_one_that_is_deleted_is_gone() {
    let test = ModuleTest::with_course().await;
    test.crowd(3).await;
    let cancelled = test.request(json!({})).await.unwrap().id;
    test.reports().delete(&staff(), cancelled).await.unwrap();
    assert!(!test.write_report().await);
    assert_eq!(test.report(cancelled).await.state, ReportState::Cancelled);
    let refused = test.reports().content(&staff(), cancelled).await.err();
    assert_eq!(refused.unwrap().code(), "progress.report_not_ready");
    let ready = test.request(json!({})).await.unwrap().id;
    assert!(test.write_report().await);
    assert_eq!(test.count_pieces().await, 1);
    test.reports().delete(&staff(), ready).await.unwrap();
    let gone = test.reports().find(&staff(), ready).await.unwrap_err();
    assert_eq!(gone.code(), "progress.report_not_found");
    assert_eq!(test.reports().sweep().await.unwrap(), 1);
    assert_eq!(test.count_pieces().await, 0);
}

#[tokio::test]
async fn what_is_deleted_counts_until_its_pieces_are() {
    let test = ModuleTest::with_course().await;
    test.crowd(3).await;
    let mut bytes = 0;
    for _ in 0..4 {
        let id = test.request(json!({})).await.unwrap().id;
        assert!(test.write_report().await);
        bytes += test.report(id).await.bytes;
        test.reports().delete(&staff(), id).await.unwrap();
    }
    let db = test.database.read();
    let other = test.env.id();
    let kept = || sizes::kept_beside(db, other, user(STAFF));
    assert_eq!(kept().await.unwrap(), (bytes, bytes));
    assert_eq!(test.reports().sweep().await.unwrap(), 4);
    assert_eq!(kept().await.unwrap(), (0, 0));
    assert_eq!(test.count_pieces().await, 0);
}

#[tokio::test]
async fn reports_are_bounded_and_expire() {
    let test = ModuleTest::with_course().await;
    for _ in 0..3 {
        test.request(json!({})).await.unwrap();
    }
    let fourth = test.request(json!({})).await.unwrap_err();
    assert_eq!(fourth.code(), "progress.report_limit_exceeded");
    for _ in 0..7 {
        assert!(test.write_report().await);
        test.request(json!({})).await.unwrap();
    }
    while test.write_report().await {}
    let eleventh = test.request(json!({})).await.unwrap_err();
    assert_eq!(eleventh.code(), "progress.report_limit_exceeded");
    test.wait(Duration::days(7));
    let first = kernel::PageRequest::first(50);
    let list = test.reports().list(&staff(), &first).await.unwrap();
    assert_eq!(list.items, vec![]);
    assert_eq!(test.reports().expire_due().await.unwrap(), 10);
    assert_eq!(test.reports().sweep().await.unwrap(), 10);
    test.request(json!({})).await.unwrap();
    let wrong = json!({ "from": "2026-11-03", "to": "2026-11-02" });
    let wrong = test.request(wrong).await.unwrap_err();
    assert_eq!(wrong.code(), "progress.report_days_invalid");
}
