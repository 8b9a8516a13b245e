//! Who may begin a course: its prerequisites, and courses by invitation.

use contracts::course::{
    Admission, CourseArchived, CoursePublished, OutlinePrerequisite, OutlineView,
};
use kernel::{CourseId, Fault, UserId};
use uuid::Uuid;

use crate::enrollment::Enrolled;
use crate::error::Error;
use crate::tests::{ModuleTest, by, course, learner, lesson, outline, user, wanted};

fn basics() -> CourseId {
    Uuid::from_u128(0xb5).into()
}

/// A course with one lesson, which is read.
fn outline_of_basics() -> OutlineView {
    let mut outline = outline(1);
    outline.course_id = basics();
    outline.title = "Basics".to_owned();
    outline.slug = "basics".to_owned();
    outline.sections[0].lessons.truncate(1);
    outline.sections[0].lessons[0].id = lesson(77);
    outline
}

impl ModuleTest {
    async fn with_prerequisite() -> Self {
        let test = Self::new().await;
        test.publish(outline_of_basics()).await;
        let mut advanced = outline(1);
        advanced.prerequisites = vec![OutlinePrerequisite {
            course_id: basics(),
            title: "Basics".to_owned(),
        }];
        test.publish(advanced).await;
        test
    }

    fn admit(&self, admission: Admission) {
        *self.courses.admission.lock().unwrap() = admission;
    }

    async fn enroll_in_basics(&self, user: UserId) {
        let enrolled = self
            .progress
            .enrollment
            .enroll(user, &wanted(basics()), &by(user))
            .await;
        enrolled.unwrap();
    }
}

fn code(result: Result<Enrolled, Error>) -> String {
    result.unwrap_err().code().to_owned()
}

#[tokio::test]
async fn prerequisites_are_completed_first_and_staff_and_who_was_there_before_need_none() {
    let test = Box::pin(ModuleTest::with_prerequisite()).await;
    *test.courses.outline.lock().unwrap() = Some(outline_of_basics());
    let me = learner();
    // The answer of the course module knows no other course, so what was received decides.
    *test.courses.away.lock().unwrap() = true;
    let refused = test.try_enroll(me).await.unwrap_err();
    assert_eq!(refused.code(), "progress.prerequisites_missing");
    let fault = &refused.fields()[0];
    assert_eq!(fault.pointer, format!("/prerequisites/{}", basics()));
    assert!(refused.to_string().contains("Basics"), "{refused}");
    test.enroll_in_basics(me).await;
    assert_eq!(
        code(test.try_enroll(me).await),
        "progress.prerequisites_missing",
        "it is not completed"
    );
    test.complete(me, 77).await.unwrap();
    assert!(test.try_enroll(me).await.unwrap().created);

    test.admit(Admission {
        staff: true,
        ..Admission::default()
    });
    assert!(test.try_enroll(user(0xa05)).await.unwrap().created);
    test.assert_verified().await;
}

#[tokio::test]
async fn who_is_enrolled_stays_and_comes_back_when_a_course_gets_prerequisites() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let id = test.enroll(me).await.id;
    let mut newer = outline(2);
    newer.prerequisites = vec![OutlinePrerequisite {
        course_id: basics(),
        title: "Basics".to_owned(),
    }];
    test.publish(newer).await;
    assert!(!test.try_enroll(me).await.unwrap().created);
    let (any, operation) = (kernel::Expected::Any, by(me));
    let left = test.progress.enrollment.leave(me, id, &any, &operation);
    left.await.unwrap();
    assert!(!test.try_enroll(me).await.unwrap().created);
    assert_eq!(
        code(test.try_enroll(user(0xa05)).await),
        "progress.prerequisites_missing"
    );
}

#[tokio::test]
async fn a_prerequisite_that_takes_nobody_in_any_more_is_not_required() {
    let test = Box::pin(ModuleTest::with_prerequisite()).await;
    test.deliver(&CourseArchived {
        course_id: basics(),
    })
    .await;
    assert!(test.try_enroll(learner()).await.unwrap().created);
}

#[tokio::test]
async fn a_prerequisite_by_invitation_is_required_of_those_alone_who_may_know_of_it() {
    let test = Box::pin(ModuleTest::with_prerequisite()).await;
    let me = learner();
    *test.courses.outline.lock().unwrap() = Some(outline_of_basics());
    test.enroll_in_basics(me).await;
    let mut closed = outline_of_basics();
    (closed.version, closed.invite_only) = (2, true);
    test.publish(closed).await;
    *test.courses.away.lock().unwrap() = true;
    assert_eq!(
        code(test.try_enroll(me).await),
        "progress.prerequisites_missing"
    );
    assert!(test.try_enroll(user(0xa05)).await.unwrap().created);

    *test.courses.away.lock().unwrap() = false;
    let mut advanced = outline(2);
    advanced.invite_only = true;
    advanced.prerequisites = vec![OutlinePrerequisite {
        course_id: basics(),
        title: "Basics".to_owned(),
    }];
    test.publish(advanced).await;
    test.admit(Admission {
        invited: true,
        ..Admission::default()
    });
    assert_eq!(
        code(test.try_enroll(user(0xa06)).await),
        "progress.prerequisites_missing",
        "both are by invitation"
    );
}

#[tokio::test]
async fn a_course_by_invitation_is_none_for_others() {
    let test = ModuleTest::with_course().await;
    let before = test.enroll(user(0xa05)).await.id;
    let mut closed = outline(2);
    closed.invite_only = true;
    *test.courses.outline.lock().unwrap() = Some(closed.clone());
    assert_eq!(
        code(test.try_enroll(learner()).await),
        "progress.course_not_found",
        "its event has not arrived yet"
    );
    test.deliver(&CoursePublished {
        outline: closed,
        change_notes: String::new(),
        published_by: user(0xa02),
    })
    .await;
    assert_eq!(
        code(test.try_enroll(learner()).await),
        "progress.course_not_found"
    );
    assert_eq!(test.enroll(user(0xa05)).await.id, before, "they stay");
    test.deliver(&CourseArchived {
        course_id: course(),
    })
    .await;
    assert_eq!(
        code(test.try_enroll(learner()).await),
        "progress.course_not_found",
        "nor that it is archived"
    );
    let mut restored = outline(2);
    restored.invite_only = true;
    test.publish(restored).await;
    test.admit(Admission {
        invited: true,
        ..Admission::default()
    });
    let enrolled = test.try_enroll(learner()).await.unwrap().enrollment;
    assert_eq!((enrolled.course_id, enrolled.course_version), (course(), 2));
}
