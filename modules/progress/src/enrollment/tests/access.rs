//! Enrollments that end: learning is refused then, what was earned stays, and the staff gives more time.

use chrono::{DateTime, Duration, Utc};
use kernel::{Expected, Fault, Operation, UserId};

use crate::course_learners::{LearnerAccess, ReplaceLearnerAccess};
use crate::domain::EnrollmentStatus;
use crate::error::Error;
use crate::seats::ReplaceEnrollmentSettings;
use crate::seats::tests::admin;
use crate::tests::{ModuleTest, course, learner, queued, user};

impl ModuleTest {
    async fn with_access_days(days: i32) -> Self {
        let test = Box::pin(Self::with_course()).await;
        let request = ReplaceEnrollmentSettings {
            access_days: Some(days),
            ..Default::default()
        };
        let (caller, at) = (admin(), course().into());
        let set = test
            .progress
            .seats
            .replace_settings(&caller, &at, &Expected::Any, &request);
        assert_eq!(set.await.unwrap().1.access_days, Some(days));
        test
    }

    async fn give(
        &self,
        who: UserId,
        access_until: Option<DateTime<Utc>>,
    ) -> Result<LearnerAccess, Error> {
        let (service, at) = (&self.progress.course_learners, course().into());
        let request = ReplaceLearnerAccess { access_until };
        let (caller, operation) = (admin(), Operation::system("test"));
        let given = service.set_access(&caller, &at, who, &request, &operation);
        given.await
    }

    async fn expire(&self) -> u64 {
        self.progress.expire_enrollments().await.unwrap()
    }
}

const EXPIRED: &str = "progress.enrollment_expired";

#[tokio::test]
async fn after_its_time_an_enrollment_ends_and_keeps_what_was_earned() {
    let test = ModuleTest::with_access_days(30).await;
    let me = learner();
    let enrolled = test.enroll(me).await;
    assert_eq!(
        enrolled.access_until,
        Some(test.env.now() + Duration::days(30))
    );
    test.complete(me, 1).await.unwrap();
    test.wait(Duration::days(30));
    // It is refused at once, and not only when the enrollment has been ended.
    assert_eq!(test.complete(me, 2).await.unwrap_err().code(), EXPIRED);
    assert_eq!(test.expire().await, 1);
    assert_eq!(test.expire().await, 0, "it ends once");
    let kind = "progress.enrollment_expired.v1";
    assert_eq!(test.count_published(kind).await, 1);
    assert_eq!(test.count_published("progress.unenrolled.v1").await, 1);
    assert_eq!(test.complete(me, 2).await.unwrap_err().code(), EXPIRED);
    assert_eq!(test.try_enroll(me).await.unwrap_err().code(), EXPIRED);
    let points = test.points(me).await;
    // The answer waits until there is more time.
    test.grade(me, 1, 1, 10, true).await;
    assert_eq!(test.points(me).await, points);
    let found = test
        .progress
        .enrollment
        .find(me, enrolled.id)
        .await
        .unwrap();
    assert_eq!((found.done, found.status), (1, EnrollmentStatus::Expired));
    test.assert_verified().await;

    let later = test.env.now() + Duration::days(5);
    let given = test.give(me, Some(later)).await.unwrap();
    assert_eq!(given.status, EnrollmentStatus::Active);
    assert_eq!(given.access_until, Some(later));
    assert!(test.points(me).await > points, "the answer counts now");
    test.complete(me, 2).await.unwrap();
    test.assert_verified().await;
    let given = test.give(me, Some(test.env.now())).await.unwrap();
    assert_eq!(given.status, EnrollmentStatus::Expired);
    let given = test.give(me, None).await.unwrap();
    assert_eq!(
        (given.status, given.access_until),
        (EnrollmentStatus::Active, None)
    );
    test.wait(Duration::days(4000));
    assert_eq!(test.expire().await, 0, "it is without an end");
    test.assert_verified().await;
}

#[tokio::test]
async fn the_end_is_told_once_before_it_and_once_more_when_it_is_another_one() {
    let test = ModuleTest::with_access_days(30).await;
    let me = learner();
    test.enroll(me).await;
    let told = "progress.enrollment_expiring.v1";
    test.wait(Duration::days(22));
    assert_eq!(test.expire().await, 0);
    test.wait(Duration::days(2));
    assert_eq!(test.expire().await, 1);
    assert_eq!(test.expire().await, 0);
    assert_eq!(test.count_published(told).await, 1);
    let later = test.env.now() + Duration::days(20);
    test.give(me, Some(later)).await.unwrap();
    assert_eq!(test.expire().await, 0);
    test.wait(Duration::days(14));
    assert_eq!(test.expire().await, 1);
    assert_eq!(test.count_published(told).await, 2);
    assert_eq!(
        test.count_published("progress.enrollment_expired.v1").await,
        0
    );
    test.assert_verified().await;
}

#[tokio::test]
async fn leaving_and_coming_back_gains_no_time() {
    let test = ModuleTest::with_access_days(10).await;
    let me = learner();
    let first = test.enroll(me).await;
    test.wait(Duration::days(6));
    test.leave(me, first.id).await;
    let again = test.enroll(me).await;
    assert_eq!(again.access_until, first.access_until);
    test.leave(me, first.id).await;
    test.wait(Duration::days(6));
    assert_eq!(test.try_enroll(me).await.unwrap_err().code(), EXPIRED);
    assert_eq!(test.expire().await, 0, "who has left is not told");
    let stranger = test.give(user(0xfff), None).await;
    assert_eq!(stranger.unwrap_err().code(), "progress.learner_not_found");
    test.assert_verified().await;
}

#[tokio::test]
async fn an_answer_that_was_handed_in_in_time_counts_however_late_its_grade_comes() {
    let test = ModuleTest::with_access_days(30).await;
    let me = learner();
    test.enroll(me).await;
    test.deliver(&queued(me, 1, 1, &test)).await;
    test.wait(Duration::days(30));
    assert_eq!(test.expire().await, 1);
    let points = test.points(me).await;
    test.grade(me, 1, 1, 10, true).await;
    assert_eq!(test.points(me).await, points + 10);
    test.assert_verified().await;
}
