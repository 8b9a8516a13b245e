//! The staff of a course enrolls and removes learners.

use contracts::course::OutlinePrerequisite;
use kernel::{Caller, Expected, Fault, Outcome, Role, UserId};
use serde_json::{Value, json};

use super::view::{EnrollmentBatch, EnrollmentOutcome};
use crate::domain::EnrollmentStatus;
use crate::error::Error;
use crate::seats::tests::admin;
use crate::seats::waiting;
use crate::tests::{ModuleTest, by, course, outline, user, with_key};

use EnrollmentOutcome::{AlreadyEnrolled, Enrolled, NotFound, Refused, Waiting};

impl ModuleTest {
    async fn try_batch(
        &self,
        key: &str,
        mut request: Value,
    ) -> Result<Outcome<EnrollmentBatch>, Error> {
        request["course_id"] = json!(course());
        let request = serde_json::from_value(request).unwrap();
        let operation = with_key(admin().user_id, key);
        let service = &self.progress.course_learners;
        service.enroll(&admin(), &request, &operation).await
    }

    async fn batch(&self, key: &str, request: Value) -> Vec<EnrollmentOutcome> {
        let batch = self.try_batch(key, request).await.unwrap().value;
        batch.results.iter().map(|one| one.outcome).collect()
    }

    async fn remove(&self, who: UserId) -> Result<(), Error> {
        let (service, at) = (&self.progress.course_learners, course().into());
        let operation = by(admin().user_id);
        service.remove(&admin(), &at, who, &operation).await
    }
}

#[tokio::test]
async fn a_batch_says_of_each_name_what_has_become_of_it_and_a_dry_run_changes_nothing() {
    let test = ModuleTest::with_seats(3).await;
    test.enroll(user(0xc01)).await;
    let names = json!(["c02", "nobody", "c01", "c03", "c04", "c02"]);
    let expected = [
        Enrolled,
        NotFound,
        AlreadyEnrolled,
        Enrolled,
        Waiting,
        AlreadyEnrolled,
    ];
    let dry = json!({ "learners": names, "dry_run": true });
    assert_eq!(test.batch("dry", dry).await, expected);
    assert_eq!(test.seated().await, 1);
    let request = json!({ "learners": names });
    assert_eq!(test.batch("real", request.clone()).await, expected);
    assert_eq!(test.seated().await, 3);
    // The same request again gets its first answer, and another one finds them there.
    let again = test.try_batch("real", request.clone()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value.results[0].outcome, Enrolled);
    let other = test.batch("other", request).await;
    assert_eq!(other[0], AlreadyEnrolled);
    assert_eq!(other[4], Waiting);
    assert_eq!(test.count_published("progress.enrolled.v1").await, 3);
    test.set_seats(Some(9)).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
    test.assert_verified().await;
}

#[tokio::test]
async fn whom_the_staff_enrolls_needs_no_prerequisites() {
    let test = ModuleTest::new().await;
    let mut advanced = outline(1);
    advanced.prerequisites = vec![OutlinePrerequisite {
        course_id: uuid::Uuid::from_u128(0xb5).into(),
        title: "Basics".to_owned(),
    }];
    test.publish(advanced).await;
    let refused = test.try_enroll(user(0xc01)).await.unwrap_err();
    assert_eq!(refused.code(), "progress.prerequisites_missing");
    let request = json!({ "learners": ["c01"] });
    assert_eq!(test.batch("batch", request).await, [Enrolled]);
    assert_eq!(test.count_published("progress.enrolled.v1").await, 1);
    test.assert_verified().await;
}

#[tokio::test]
async fn names_come_from_csv_with_a_heading() {
    let test = ModuleTest::with_course().await;
    let table = "\u{feff}Name;x,Learner\r\n\"Lovelace, Ada\", c01 \r\nBob,\r\nCleo,c02\r\n";
    let batch = test.try_batch("a", json!({ "csv": table })).await.unwrap();
    let results = batch.value.results;
    let learners: Vec<&str> = results.iter().map(|one| one.learner.as_str()).collect();
    assert_eq!(learners, ["c01", "c02"]);
    let rows: Vec<usize> = results.iter().map(|one| one.row).collect();
    assert_eq!(rows, [1, 3], "Bob has no name, and a row");
    let broken = "learner,note\nc01,\"two\nlines\n\"\n\nc02,\n";
    let batch = test.try_batch("rows", json!({ "csv": broken })).await;
    let rows: Vec<usize> = batch
        .unwrap()
        .value
        .results
        .iter()
        .map(|one| one.row)
        .collect();
    assert_eq!(rows, [1, 3]);
    assert_eq!(results[1].learner_id, Some(user(0xc02)));
    assert_eq!(
        test.batch("b", json!({ "csv": "who\nc01\n" })).await,
        [AlreadyEnrolled]
    );
    let many = "x\n".repeat(102);
    for (key, wrong) in [
        ("c", json!({ "csv": "learner,name\nc01\n" })),
        ("d", json!({ "csv": many })),
        ("e", json!({ "csv": "learner\n" })),
        ("f", json!({})),
        ("g", json!({ "csv": "learner\nc01", "learners": ["c01"] })),
    ] {
        let refused = test.try_batch(key, wrong).await.unwrap_err();
        assert_eq!(refused.code(), "progress.learners_invalid", "{key}");
        assert_eq!(refused.fields().len(), 1);
    }
}

#[tokio::test]
async fn who_is_removed_keeps_what_they_earned_and_comes_back_by_the_staff_alone() {
    let test = ModuleTest::with_course().await;
    let me = user(0xc01);
    let id = test.enroll(me).await.id;
    test.complete(me, 1).await.unwrap();
    test.remove(me).await.unwrap();
    test.remove(me).await.unwrap();
    let removed = test.progress.enrollment.find(me, id).await.unwrap();
    assert_eq!(
        (removed.status, removed.done),
        (EnrollmentStatus::Removed, 1)
    );
    assert_eq!(test.count_published("progress.unenrolled.v1").await, 1);
    let refused = test.try_enroll(me).await.unwrap_err();
    assert_eq!(refused.code(), "progress.learner_removed");
    let any = Expected::Any;
    let left = test.progress.enrollment.leave(me, id, &any, &by(me)).await;
    left.unwrap();
    let refused = test.try_enroll(me).await.unwrap_err();
    assert_eq!(refused.code(), "progress.learner_removed");
    test.assert_verified().await;
    let request = json!({ "learners": ["c01"] });
    assert_eq!(test.batch("back", request).await, [Enrolled]);
    let back = test.progress.enrollment.find(me, id).await.unwrap();
    assert_eq!((back.status, back.done), (EnrollmentStatus::Active, 1));
    test.assert_verified().await;
}

#[tokio::test]
async fn the_log_of_a_learner_cannot_be_filled_by_enrolling_and_removing_them() {
    let test = ModuleTest::with_course().await;
    let me = user(0xc01);
    let mut outcomes = Vec::new();
    for number in 0..11 {
        let key = number.to_string();
        let outcome = test.batch(&key, json!({ "learners": ["c01"] })).await;
        outcomes.extend(outcome);
        test.remove(me).await.unwrap();
    }
    assert_eq!(outcomes[..10], [Enrolled; 10]);
    assert_eq!(outcomes[10], Refused);
}

#[tokio::test]
async fn removing_frees_the_seat_takes_out_of_the_line_and_needs_an_editor() {
    let test = ModuleTest::with_seats(1).await;
    let request = json!({ "learners": ["c01", "c02", "c03"] });
    let outcomes = test.batch("a", request).await;
    assert_eq!(outcomes, [Enrolled, Waiting, Waiting]);
    test.remove(user(0xc02)).await.unwrap();
    test.remove(user(0xc01)).await.unwrap();
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
    assert_eq!(
        test.enroll(user(0xc03)).await.status,
        EnrollmentStatus::Active
    );
    let nobody = test.remove(user(0xc09)).await.unwrap_err();
    assert_eq!(nobody.code(), "progress.learner_not_found");
    let teacher = Caller {
        roles: vec![Role::Instructor].into(),
        ..admin()
    };
    let (service, at) = (&test.progress.course_learners, course().into());
    let operation = by(teacher.user_id);
    let refused = service.remove(&teacher, &at, user(0xc03), &operation).await;
    assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
}

#[tokio::test]
async fn places_that_the_staff_fills_keep_nobody_from_waiting_elsewhere() {
    let test = ModuleTest::with_seats(0).await;
    let request = json!({ "learners": ["c01"] });
    assert_eq!(test.batch("a", request).await, [Waiting]);
    let db = test.database.read();
    assert_eq!(waiting::count_of(db, user(0xc01)).await.unwrap(), 0);
    assert_eq!(waiting::count(db, course()).await.unwrap(), 1);
}

#[tokio::test]
async fn who_has_left_comes_back_by_themselves_alone_for_a_day() {
    let test = ModuleTest::with_seats(1).await;
    let me = user(0xc01);
    let request = || json!({ "learners": ["c01"] });
    assert_eq!(test.batch("a", request()).await, [Enrolled]);
    let id = test.enroll(me).await.id;
    test.leave(me, id).await;
    let batch = test.try_batch("b", request()).await.unwrap().value;
    assert_eq!(batch.results[0].outcome, Refused);
    let code = batch.results[0].code.as_deref();
    assert_eq!(code, Some("progress.learner_left"));
    assert!(test.try_enroll(me).await.is_ok());
    let other = user(0xc02);
    let request = || json!({ "learners": ["c02"] });
    assert_eq!(test.batch("c", request()).await, [Waiting]);
    let line = &test.progress.waiting_list;
    line.leave(other, course()).await.unwrap();
    assert_eq!(test.batch("d", request()).await, [Refused]);
    test.wait(chrono::Duration::days(1));
    assert_eq!(test.batch("e", request()).await, [Waiting]);
}
