//! Enrolling, leaving, coming back, and whose an enrollment is.

use chrono::Duration;
use kernel::{Expected, Fault, Key, PageRequest};
use uuid::Uuid;

use super::store::pending_grades;
use crate::domain::EnrollmentStatus;
use crate::tests::{ModuleTest, by, course, learner, outline, user, wanted, with_key};

#[tokio::test]
async fn enrolling_twice_gives_the_same_enrollment_and_publishes_it_once() {
    let test = ModuleTest::with_course().await;
    let first = test.try_enroll(learner()).await.unwrap();
    let again = test.try_enroll(learner()).await.unwrap();
    assert!(first.created && !again.created);
    assert_eq!(first.enrollment, again.enrollment);
    assert_eq!(test.count_published("progress.enrolled.v1").await, 1);
}

#[tokio::test]
async fn many_enrollments_at_once_make_one() {
    let test = ModuleTest::with_course().await;
    let tries = (0..10).map(|_| {
        let enrollment = test.progress.enrollment.clone();
        tokio::spawn(async move {
            let outcome = enrollment
                .enroll(learner(), &wanted(course()), &by(learner()))
                .await;
            outcome.unwrap().value
        })
    });
    let mut created = 0;
    for task in tries.collect::<Vec<_>>() {
        created += usize::from(task.await.unwrap().created);
    }
    assert_eq!(created, 1);
    assert_eq!(test.count_published("progress.enrolled.v1").await, 1);
    test.assert_verified().await;
}

#[tokio::test]
async fn a_repeated_request_gets_its_first_answer() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let enroll = async |key| {
        let operation = with_key(me, key);
        test.progress
            .enrollment
            .enroll(me, &wanted(course()), &operation)
            .await
            .unwrap()
    };
    let first = enroll("a").await;
    let replay = enroll("a").await;
    assert!(!first.replayed && replay.replayed);
    assert_eq!(first.value, replay.value);
    assert!(!enroll("b").await.value.created);
}

#[tokio::test]
async fn who_leaves_comes_back_with_all_credit() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let id = test.enroll(me).await.id;
    let revision = test.complete(me, 1).await.unwrap().enrollment.revision;
    let stale = Expected::OneOf(vec![revision - 1]);
    let error = test
        .progress
        .enrollment
        .leave(me, id, &stale, &by(me))
        .await;
    assert_eq!(error.unwrap_err().code(), "request.version_conflict");
    let current = Expected::OneOf(vec![revision]);
    test.progress
        .enrollment
        .leave(me, id, &current, &by(me))
        .await
        .unwrap();
    test.progress
        .enrollment
        .leave(me, id, &Expected::Any, &by(me))
        .await
        .unwrap();
    assert_eq!(test.count_published("progress.unenrolled.v1").await, 1);
    let left = test.progress.enrollment.find(me, id).await.unwrap();
    assert_eq!((left.status, left.done), (EnrollmentStatus::Left, 1));
    let error = test.complete(me, 2).await.unwrap_err();
    assert_eq!(error.code(), "progress.enrollment_required");
    let back = test.try_enroll(me).await.unwrap();
    assert!(!back.created);
    assert_eq!((back.enrollment.id, back.enrollment.done), (id, 1));
    test.assert_verified().await;
}

#[tokio::test]
async fn grades_from_before_the_enrollment_are_credited_with_it() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.grade(me, 1, 1, 10, true).await;
    test.grade(me, 2, 1, 10, true).await;
    test.grade(me, 2, 1, 10, true).await;
    assert_eq!(test.points(me).await, 0);
    let enrollment = test.enroll(me).await;
    assert_eq!((enrollment.done, enrollment.points), (1, 30));
    test.grade(me, 2, 1, 10, true).await;
    let progress = test
        .progress
        .learning
        .progress(me, course(), None)
        .await
        .unwrap();
    assert_eq!(progress.enrollment, enrollment);
    test.assert_verified().await;
}

#[tokio::test]
async fn of_many_answers_before_the_enrollment_the_best_and_the_newest_are_credited() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    for attempt in 1..=20 {
        let score = if attempt == 7 { 9 } else { 3 };
        test.grade(me, 1, attempt, score, score > 5).await;
    }
    let waiting = pending_grades::list(test.database.read(), me, course());
    let attempts: Vec<i32> = waiting
        .await
        .unwrap()
        .iter()
        .map(|one| one.attempt)
        .collect();
    assert_eq!(attempts, [7, 20]);
    let enrollment = test.enroll(me).await;
    assert_eq!(enrollment.points, 9);
    let explained = test.progress.learning.explain(me, course()).await.unwrap();
    let text = serde_json::to_string(&explained).unwrap();
    assert!(text.contains("\"attempts\":20"), "{text}");
    test.assert_verified().await;
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist() {
    let test = ModuleTest::with_course().await;
    let id = test.enroll(learner()).await.id;
    let stranger = user(0xa09);
    let error = test
        .progress
        .enrollment
        .find(stranger, id)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "progress.enrollment_not_found");
    let leave = test
        .progress
        .enrollment
        .leave(stranger, id, &Expected::Any, &by(stranger))
        .await;
    assert_eq!(leave.unwrap_err().code(), "progress.enrollment_not_found");
    let error = test
        .progress
        .learning
        .progress(stranger, course(), None)
        .await;
    assert_eq!(error.unwrap_err().code(), "progress.enrollment_required");
}

#[tokio::test]
async fn enrollments_are_listed_in_pages() {
    let test = ModuleTest::new().await;
    let me = learner();
    for number in 1..=3_u128 {
        let mut other = outline(1);
        other.course_id = Uuid::from_u128(0x500 + number).into();
        let course = other.course_id;
        test.publish(other).await;
        test.wait(Duration::minutes(1));
        test.progress
            .enrollment
            .enroll(me, &wanted(course), &by(me))
            .await
            .unwrap();
    }
    let mut page_request = PageRequest::first(2);
    page_request.count = true;
    let first = test
        .progress
        .enrollment
        .list(me, None, &page_request)
        .await
        .unwrap();
    assert_eq!((first.items.len(), first.total), (2, Some(3)));
    assert!(first.items[0].enrolled_at > first.items[1].enrolled_at);
    let from: Option<Vec<Key>> = first.next;
    let rest = PageRequest {
        from,
        ..PageRequest::first(2)
    };
    let second = test
        .progress
        .enrollment
        .list(me, None, &rest)
        .await
        .unwrap();
    assert_eq!(second.items.len(), 1);
    let left = Some(EnrollmentStatus::Left);
    let none = test
        .progress
        .enrollment
        .list(me, left, &page_request)
        .await
        .unwrap();
    assert!(none.items.is_empty());
}
