//! Reports of one cohort.

use kernel::{CohortId, Operation};
use serde_json::{Value, json};

use super::staff;
use crate::domain::{ReportFailure, ReportState};
use crate::tests::{ModuleTest, course};

impl ModuleTest {
    async fn cohort_of(&self, names: &[&str]) -> CohortId {
        let cohorts = &self.progress.cohorts;
        let request = serde_json::from_value(json!({ "name": "Autumn" })).unwrap();
        let operation = Operation::system("test");
        let made = cohorts
            .create(&staff(), &course().into(), &request, &operation)
            .await;
        let id = made.unwrap().value.id;
        let batch = json!({ "add": names });
        let batch = serde_json::from_value(batch).unwrap();
        let changed = cohorts
            .change_members(&staff(), id, &batch, &operation)
            .await;
        changed.unwrap();
        id
    }
}

#[tokio::test]
async fn each_kind_of_report_can_be_of_one_cohort() {
    let test = ModuleTest::with_course().await;
    let ada = test.named_learner(0xb01, "Ada").await;
    let bob = test.named_learner(0xb02, "Bob").await;
    test.complete(ada, 1).await.unwrap();
    test.complete(bob, 1).await.unwrap();
    let cohort = test.cohort_of(&["b02"]).await;
    for (kind, rows) in [
        ("roster", 1),
        ("gradebook", 1),
        ("completion", 3),
        ("activity", 3),
    ] {
        let wanted = json!({ "kind": kind, "format": "json", "cohort_id": cohort });
        let content = test.written(wanted).await;
        let content: Vec<Value> = serde_json::from_slice(&content).unwrap();
        assert_eq!(content.len(), rows, "{kind}");
        for row in content {
            assert_eq!(row["display_name"], "Bob", "{kind}");
        }
    }
}

#[tokio::test]
async fn a_report_of_a_deleted_cohort_fails_instead_of_being_empty() {
    let test = ModuleTest::with_course().await;
    test.named_learner(0xb01, "Ada").await;
    let cohort = test.cohort_of(&["b01"]).await;
    let wanted = json!({ "cohort_id": cohort });
    let report = test.request(wanted.clone()).await.unwrap();
    assert_eq!(report.cohort_id, Some(cohort));
    let cohorts = &test.progress.cohorts;
    cohorts
        .delete(&staff(), cohort, &kernel::Expected::Any)
        .await
        .unwrap();
    assert!(test.write_report().await);
    let failed = test.report(report.id).await;
    assert_eq!(failed.state, ReportState::Failed);
    assert_eq!(failed.failure, Some(ReportFailure::CohortDeleted));
    let refused = test.request(wanted).await.unwrap_err();
    assert_eq!(kernel::Fault::code(&refused), "progress.cohort_not_found");
}
