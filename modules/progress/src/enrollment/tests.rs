//! Enrolling, leaving, coming back, and whose an enrollment is.

mod access;
mod admission;

use chrono::Duration;
use contracts::course::{ExerciseSubmissionGraded, OutlineView};
use kernel::{Expected, Fault, Key, Operation, PageRequest};
use uuid::Uuid;

use super::request::UpgradeEnrollment;
use super::store::pending_grades;
use super::view::{LessonChange, UpgradeCounts};
use crate::domain::{EnrollmentStatus, ProgressStatus};
use crate::seats::tests::admin;
use crate::tests::{
    ModuleTest, by, course, graded, learner, lesson, outline, user, wanted, with_key,
};

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
        .progress(me, &course().into(), None)
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
    let waiting = pending_grades::list(test.database.read(), me, course(), 1);
    let attempts: Vec<i32> = waiting
        .await
        .unwrap()
        .iter()
        .map(|one| one.attempt)
        .collect();
    assert_eq!(attempts, [7, 20]);
    let enrollment = test.enroll(me).await;
    assert_eq!(enrollment.points, 9);
    let explained = test
        .progress
        .learning
        .explain(me, &course().into())
        .await
        .unwrap();
    let text = serde_json::to_string(&explained).unwrap();
    assert!(text.contains("\"attempts\":20"), "{text}");
    test.assert_verified().await;
}

#[tokio::test]
async fn enrolling_takes_the_version_that_was_published_a_moment_ago() {
    let test = ModuleTest::with_course().await;
    *test.courses.outline.lock().unwrap() = Some(outline(2));
    assert_eq!(
        test.enroll(learner()).await.course_version,
        2,
        "its event is on the way"
    );
    *test.courses.away.lock().unwrap() = true;
    assert_eq!(test.enroll(user(0xa05)).await.course_version, 2);
    *test.courses.away.lock().unwrap() = false;
    test.publish(outline(2)).await;
    *test.courses.outline.lock().unwrap() = Some(outline(1));
    assert_eq!(
        test.enroll(user(0xa06)).await.course_version,
        2,
        "an old answer"
    );
    test.assert_verified().await;
}

/// The outline without its first lesson and with a new one at the end.
fn newer_outline() -> OutlineView {
    let mut newer = outline(2);
    newer.title = "Go from one".to_owned();
    let lessons = &mut newer.sections[0].lessons;
    lessons.remove(0);
    let mut added = lessons[0].clone();
    added.id = lesson(4);
    lessons.push(added);
    newer
}

#[tokio::test]
async fn an_upgrade_is_previewed_and_takes_nothing_away() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let id = test.enroll(me).await.id;
    for number in [1, 2] {
        test.complete(me, number).await.unwrap();
    }
    let service = &test.progress.enrollment;
    let none = service.preview_upgrade(me, id).await.unwrap();
    assert!(!none.available && none.before == none.after, "{none:?}");
    *test.courses.outline.lock().unwrap() = Some(newer_outline());
    test.grade(me, 1, 1, 10, true).await;
    let preview = service.preview_upgrade(me, id).await.unwrap();
    assert!(preview.available);
    let counts = |of: &UpgradeCounts| (of.version, of.done, of.total, of.points);
    assert_eq!(counts(&preview.before), (1, 2, 3, 30));
    assert_eq!(counts(&preview.after), (2, 1, 3, 30));
    let lessons: Vec<_> = preview
        .lessons
        .iter()
        .map(|one| (one.lesson_id, one.change, one.completed))
        .collect();
    let expected = [
        (lesson(2), LessonChange::Kept, true),
        (lesson(3), LessonChange::Kept, false),
        (lesson(4), LessonChange::Added, false),
        (lesson(1), LessonChange::Removed, true),
    ];
    assert_eq!(lessons, expected);

    let upgrade = async |version, expected: &Expected, operation: &Operation| {
        let request = UpgradeEnrollment { version };
        service
            .upgrade(me, id, &request, expected, operation)
            .await
            .map(|outcome| outcome.value)
    };
    let (any, once) = (Expected::Any, with_key(me, "once"));
    let stale = upgrade(1, &any, &by(me)).await.unwrap_err();
    assert_eq!(stale.code(), "progress.version_not_newest");
    let outdated = upgrade(2, &Expected::OneOf(vec![1]), &by(me)).await;
    assert_eq!(outdated.unwrap_err().code(), "request.version_conflict");
    let moved = upgrade(2, &any, &once).await.unwrap();
    assert_eq!(
        (moved.course_version, moved.done, moved.total, moved.points),
        (2, 1, 3, 30)
    );
    assert_eq!(moved.course_title, "Go from one");
    assert_eq!(upgrade(2, &any, &once).await.unwrap(), moved, "repeated");
    assert_eq!(upgrade(2, &any, &by(me)).await.unwrap(), moved, "is there");
    assert_eq!(test.count_published("progress.upgraded.v1").await, 1);
    test.assert_verified().await;

    test.grade(me, 2, 1, 10, true).await;
    test.complete(me, 4).await.unwrap();
    let done = service.find(me, id).await.unwrap();
    assert_eq!((done.done, done.progress), (3, ProgressStatus::Completed));
    test.assert_verified().await;
    let foreign = service.preview_upgrade(user(0xa09), id).await;
    assert_eq!(foreign.unwrap_err().code(), "progress.enrollment_not_found");
}

#[tokio::test]
async fn practice_in_the_newest_version_is_credited_by_the_upgrade() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let id = test.enroll(me).await.id;
    *test.courses.outline.lock().unwrap() = Some(newer_outline());
    let practice = ExerciseSubmissionGraded {
        version: 2,
        practice: true,
        ..graded(me, 1, 1, 10, true, &test)
    };
    test.deliver(&practice).await;
    assert_eq!(test.points(me).await, 0);
    let preview = test.progress.enrollment.preview_upgrade(me, id).await;
    assert_eq!(preview.unwrap().after.points, 10);
    let request = UpgradeEnrollment { version: 2 };
    let (any, operation) = (Expected::Any, by(me));
    let upgrade = test
        .progress
        .enrollment
        .upgrade(me, id, &request, &any, &operation);
    assert_eq!(upgrade.await.unwrap().value.points, 10);
    test.assert_verified().await;
}

#[tokio::test]
async fn practice_of_whoever_has_left_or_was_removed_counts_once_they_are_back() {
    let test = ModuleTest::with_course().await;
    let (left, removed) = (learner(), user(0xb07));
    test.register(removed, "Bob", "UTC").await;
    let id = test.enroll(left).await.id;
    test.enroll(removed).await;
    test.leave(left, id).await;
    let course_learners = &test.progress.course_learners;
    let operation = by(admin().user_id);
    course_learners
        .remove(&admin(), &course().into(), removed, &operation)
        .await
        .unwrap();
    for who in [left, removed] {
        let practice = ExerciseSubmissionGraded {
            practice: true,
            submission_id: test.env.id(),
            ..graded(who, 1, 1, 10, true, &test)
        };
        test.deliver(&practice).await;
        assert_eq!(test.points(who).await, 0);
        test.assert_verified().await;
    }
    test.enroll(left).await;
    assert_eq!(test.points(left).await, 10);
    test.assert_verified().await;
}

#[tokio::test]
async fn practice_in_another_version_waits_for_an_enrollment_in_it() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let practice = |version, attempt| ExerciseSubmissionGraded {
        version,
        practice: true,
        ..graded(me, 1, attempt, 10, true, &test)
    };
    test.deliver(&practice(2, 1)).await;
    test.enroll(me).await;
    assert_eq!(test.points(me).await, 0, "it was given to version 2");
    test.deliver(&practice(2, 2)).await;
    assert_eq!(test.points(me).await, 0);
    test.deliver(&practice(1, 3)).await;
    assert_eq!(
        test.points(me).await,
        10,
        "the enrollment was not heard of yet"
    );
    let earlier = ExerciseSubmissionGraded {
        practice: false,
        ..practice(2, 4)
    };
    test.deliver(&earlier).await;
    assert_eq!(test.points(me).await, 10, "nothing is counted twice");
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
        .progress(stranger, &course().into(), None)
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

#[tokio::test]
async fn nobody_leaves_and_comes_back_without_end() {
    let test = ModuleTest::with_course().await;
    let enrollment = test.try_enroll(learner()).await.unwrap().enrollment;
    let leave = || async {
        let (any, operation) = (Expected::Any, by(learner()));
        let left = test
            .progress
            .enrollment
            .leave(learner(), enrollment.id, &any, &operation);
        left.await.unwrap();
    };
    for _ in 0..9 {
        leave().await;
        test.try_enroll(learner()).await.unwrap();
    }
    leave().await;
    let refused = test.try_enroll(learner()).await.unwrap_err();
    assert_eq!(refused.code(), "progress.return_limit_exceeded");
    let wait = refused.retry_after().unwrap().as_secs();
    assert!((80_000..=86_400).contains(&wait), "{wait}");
    assert!(
        test.try_enroll(user(7)).await.is_ok(),
        "nobody else is held back"
    );
    test.clock.advance(Duration::days(1));
    assert!(test.try_enroll(learner()).await.is_ok());
}
