//! Which courses take learners in, and in which version.

use contracts::course::{CourseArchived, CourseUpdated};
use kernel::{Fault, PageRequest};

use crate::tests::{ModuleTest, course, learner, outline, user};

#[tokio::test]
async fn an_outline_whose_event_has_not_arrived_is_requested() {
    let test = ModuleTest::new().await;
    let error = test.try_enroll(learner()).await.unwrap_err();
    assert_eq!(error.code(), "progress.course_not_found");
    *test.courses.outline.lock().unwrap() = Some(outline(3));
    let enrollment = test.enroll(learner()).await;
    assert_eq!(enrollment.course_version, 3);
    *test.courses.away.lock().unwrap() = true;
    assert_eq!(test.enroll(user(0xa09)).await.course_version, 3);
}

#[tokio::test]
async fn a_course_takes_nobody_in_from_the_moment_it_is_archived() {
    let test = ModuleTest::with_course().await;
    test.enroll(learner()).await;
    // The course module has archived it, and its event is still on the way.
    *test.courses.outline.lock().unwrap() = None;
    let error = test.try_enroll(user(0xa09)).await.unwrap_err();
    assert_eq!(error.code(), "progress.course_archived");
    assert!(!test.try_enroll(learner()).await.unwrap().created);
}

#[tokio::test]
async fn a_requested_course_stays_open_when_an_older_archiving_arrives() {
    let test = ModuleTest::new().await;
    *test.courses.outline.lock().unwrap() = Some(outline(2));
    test.enroll(learner()).await;
    let course_id = course();
    test.deliver(&CourseArchived { course_id }).await;
    test.publish(outline(2)).await;
    assert_eq!(test.enroll(user(0xa09)).await.course_version, 2);
}

#[tokio::test]
async fn an_archived_course_takes_nobody_in_and_keeps_whom_it_has() {
    let test = ModuleTest::with_course().await;
    test.enroll(learner()).await;
    let course_id = course();
    test.deliver(&CourseArchived { course_id }).await;
    let error = test.try_enroll(user(0xa09)).await.unwrap_err();
    assert_eq!(error.code(), "progress.course_archived");
    assert_eq!(
        test.complete(learner(), 1).await.unwrap().enrollment.done,
        1
    );
}

#[tokio::test]
async fn a_new_version_changes_nothing_for_who_is_enrolled() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    let mut next = outline(2);
    next.sections[0].lessons.remove(0);
    test.publish(next).await;
    let progress = test.complete(me, 2).await.unwrap();
    assert_eq!(progress.enrollment.course_version, 1);
    assert_eq!(
        (progress.enrollment.done, progress.enrollment.total),
        (2, 3)
    );
    let other = test.enroll(user(0xa09)).await;
    assert_eq!((other.course_version, other.total), (2, 2));
    let error = test.complete(user(0xa09), 1).await.unwrap_err();
    assert_eq!(error.code(), "progress.enrollment_required");
    test.assert_verified().await;
}

#[tokio::test]
async fn a_renamed_course_is_shown_under_its_new_slug() {
    let test = ModuleTest::with_course().await;
    let enrolled = test.enroll(learner()).await;
    let mut renamed = CourseUpdated {
        course_id: course(),
        slug: "go-anew".to_owned(),
        title: "Go anew".to_owned(),
    };
    test.deliver_as(&renamed, 3).await;
    // A dead letter that is replayed comes late.
    renamed.slug = "go-of-before".to_owned();
    test.deliver_as(&renamed, 2).await;
    let enrollment = &test.progress.enrollment;
    let found = enrollment.find(learner(), enrolled.id).await.unwrap();
    assert_eq!(found.course_slug, "go-anew");
    // The title is that of the learner's version.
    assert_eq!(found.course_title, enrolled.course_title);
    let page = PageRequest::first(10);
    let listed = enrollment.list(learner(), None, &page).await.unwrap();
    assert_eq!(listed.items[0].course_slug, "go-anew");
    assert_eq!(test.enroll(user(0xa09)).await.course_slug, "go-anew");
    test.assert_verified().await;
}
