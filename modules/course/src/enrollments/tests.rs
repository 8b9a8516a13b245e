//! The version that a learner is on is what they read and are graded by.

use actix_web::http::StatusCode;
use contracts::course::CourseApi;
use contracts::progress::{EnrollmentOrigin, ProgressEnrolled, ProgressUnenrolled};
use kernel::{CourseId, Event, Expected, PageRequest, UserId};
use sea_orm::EntityTrait;
use serde_json::json as value;

use super::{on_enrolled, on_unenrolled};
use crate::authoring::{ExerciseDetail, LessonDetail};
use crate::tests::*;

impl ModuleTest {
    pub(crate) async fn enroll(&self, course: CourseId, version: i64) {
        self.enroll_user(learner().user_id, course, version).await;
    }

    async fn enroll_user(&self, learner_id: UserId, course: CourseId, version: i64) {
        let event = ProgressEnrolled {
            enrollment_id: uuid::Uuid::from_u128(1).into(),
            learner_id,
            course_id: course,
            course_title: "Go".to_owned(),
            version,
            returning: false,
            origin: EnrollmentOrigin::Learner,
        };
        let txn = self.database.begin().await.unwrap();
        on_enrolled(&txn, event).await.unwrap();
        txn.commit().await.unwrap();
    }

    async fn leave(&self, course: CourseId) {
        self.end(course, false).await;
    }

    pub(crate) async fn remove(&self, course: CourseId) {
        self.end(course, true).await;
    }

    async fn end(&self, course: CourseId, barred: bool) {
        let event = ProgressUnenrolled {
            enrollment_id: uuid::Uuid::from_u128(1).into(),
            learner_id: learner().user_id,
            course_id: course,
            barred,
        };
        let txn = self.database.begin().await.unwrap();
        on_unenrolled(&txn, event).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A course whose first version has a section, a lesson and an exercise that the second one has not; the
    /// learner is enrolled in the first.
    async fn two_versions(&self) -> (CourseId, LessonDetail, ExerciseDetail) {
        let (course, lesson, exercise) = self.published(value!({})).await;
        self.enroll(course.id, 1).await;
        let at = course.id.into();
        let section = self.section(&at, "Later").await;
        self.lesson(&section, "New").await;
        let (me, operation, any) = (author(), op(), Expected::Any);
        let deleted = self
            .authoring
            .delete_lesson(&me, &operation, lesson.id, &any);
        deleted.await.unwrap();
        let deleted = self
            .authoring
            .delete_section(&me, &operation, &at, lesson.section_id, &any);
        deleted.await.unwrap();
        self.publish(&at).await;
        (course.id, lesson, exercise)
    }
}

#[actix_web::test]
async fn who_is_enrolled_reads_their_version_by_the_plain_address_and_others_the_newest() {
    let test = ModuleTest::new().await;
    let (course, lesson, exercise) = test.two_versions().await;
    for path in [
        format!("/courses/{course}/outline"),
        format!("/courses/{course}"),
        format!("/courses/{course}/lessons"),
        format!("/courses/{course}/sections"),
    ] {
        // Asked in turns, so that what is kept for one is not shown to the other.
        for (caller, version) in [(learner(), 1), (other(), 2), (learner(), 1), (other(), 2)] {
            let (status, shown) = get(&test.course, Some(caller), &path).await;
            assert_eq!(status, StatusCode::OK, "{path}: {shown}");
            let first = &shown["items"][0]["version"];
            let at = if path.ends_with(&course.to_string()) {
                &shown["shown_version"]
            } else if path.ends_with("outline") {
                &shown["version"]
            } else {
                first
            };
            assert_eq!(*at, value!(version), "{path}: {shown}");
        }
    }
    let (lesson, exercise) = (lesson.id, exercise.id);
    for path in [
        format!("/lessons/{lesson}"),
        format!("/lessons/{lesson}/exercises"),
        format!("/exercises/{exercise}"),
        format!("/exercises/{exercise}/hints/1"),
    ] {
        let (status, shown) = get(&test.course, Some(learner()), &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {shown}");
        let (status, shown) = get(&test.course, Some(other()), &path).await;
        assert_ne!(
            (status, &shown["total"]),
            (StatusCode::OK, &value!(1)),
            "{path}: {shown}"
        );
        let named = format!("{path}?version=2");
        let (_, newest) = get(&test.course, Some(learner()), &named).await;
        assert_eq!(newest, shown, "{named} is explicit");
    }
    test.leave(course).await;
    let path = format!("/courses/{course}/outline");
    let (_, shown) = get(&test.course, Some(learner()), &path).await;
    assert_eq!(shown["version"], 2, "who has left reads the newest");
    assert_eq!(
        test.reading.outline(course).await.unwrap().unwrap().version,
        2
    );
}

#[tokio::test]
async fn a_dropped_exercise_is_answered_and_graded_by_the_version_of_its_learner() {
    let test = ModuleTest::new().await;
    let (_, lesson, exercise) = test.two_versions().await;
    let answer = || json(value!({ "answer": { "kind": "true_false", "value": true } }));
    let (me, other, operation) = (learner(), other(), op());
    let graded = test
        .assessment
        .submit(&me, &operation, exercise.id, answer());
    let graded = graded.await.unwrap().value;
    assert_eq!((graded.version, graded.lesson_id), (1, lesson.id));
    assert!(graded.passed == Some(true) && !graded.practice);
    let refused = test
        .assessment
        .submit(&other, &operation, exercise.id, answer());
    assert_eq!(code(refused.await), "course.not_found");
    let named = json(value!({ "version": 1, "answer": { "kind": "true_false", "value": true } }));
    let practice = test
        .assessment
        .submit(&other, &operation, exercise.id, named);
    assert!(
        practice.await.unwrap().value.practice,
        "they are not enrolled"
    );
}

#[tokio::test]
async fn the_limit_of_their_own_version_binds_whoever_is_enrolled() {
    let test = ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({ "attempts": 2 })).await;
    test.enroll(course.id, 1).await;
    let change = json(value!({ "attempts": 1 }));
    let (me, staff, operation, any) = (learner(), author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_exercise(&staff, &operation, exercise.id, &any, change);
    changed.await.unwrap();
    test.publish(&course.id.into()).await;
    let submit = |version: Option<i64>| {
        let mut answer = value!({ "answer": { "kind": "true_false", "value": false } });
        if let Some(version) = version {
            answer["version"] = version.into();
        }
        test.assessment
            .submit(&me, &operation, exercise.id, json(answer))
    };
    let one = submit(None).await.unwrap().value;
    assert_eq!((one.version, one.attempts_left), (1, Some(1)));
    let newest = submit(Some(2)).await;
    assert_eq!(
        code(newest),
        "course.attempt_limit_exceeded",
        "one was used"
    );
    let two = submit(None).await.unwrap().value;
    assert_eq!((two.version, two.attempts_left), (1, Some(0)));
    assert_eq!(code(submit(None).await), "course.attempt_limit_exceeded");
}

#[tokio::test]
async fn an_enrollment_that_is_heard_of_late_brings_no_erased_user_back() {
    let test = ModuleTest::new().await;
    let (course, ..) = test.published(value!({})).await;
    test.enroll(course.id, 1).await;
    let me = learner().user_id;
    let txn = test.database.begin().await.unwrap();
    assert_eq!(super::erase(&txn, me, test.env.now()).await.unwrap(), 1);
    txn.commit().await.unwrap();
    test.enroll(course.id, 1).await;
    let version = super::version_of(test.database.read(), course.id, me).await;
    assert_eq!(version.unwrap(), None);
}

#[tokio::test]
async fn leaving_opens_no_explanation_of_the_version_that_one_comes_back_to() {
    let test = ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({ "attempts": 3 })).await;
    test.enroll(course.id, 1).await;
    let change = json(value!({ "attempts": 1 }));
    let (me, staff, operation, any) = (learner(), author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_exercise(&staff, &operation, exercise.id, &any, change);
    changed.await.unwrap();
    test.publish(&course.id.into()).await;
    let wrong = json(value!({ "answer": { "kind": "true_false", "value": false } }));
    let one = test.assessment.submit(&me, &operation, exercise.id, wrong);
    let one = one.await.unwrap().value;
    test.leave(course.id).await;
    let seen = test
        .assessment
        .find(&me, one.id, &Default::default())
        .await
        .unwrap();
    assert_eq!((seen.explanation, seen.attempts_left), (None, Some(2)));
    test.enroll(course.id, 1).await;
    let seen = test
        .assessment
        .find(&me, one.id, &Default::default())
        .await
        .unwrap();
    assert_eq!((seen.explanation, seen.attempts_left), (None, Some(2)));
}

#[tokio::test]
async fn an_answer_to_an_older_version_counts_nothing() {
    let test = ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({})).await;
    let change = json(value!({ "question": { "kind": "true_false", "correct": false } }));
    let (me, staff, operation, any) = (learner(), author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_exercise(&staff, &operation, exercise.id, &any, change);
    changed.await.unwrap();
    test.publish(&course.id.into()).await;
    let counted = || async {
        let kind = contracts::course::ExerciseSubmissionGraded::TYPE;
        let rows = database::outbox::Entity::find().all(test.database.read());
        let rows = rows.await.unwrap();
        rows.iter()
            .filter(|row| row.envelope.contains(kind))
            .count()
    };
    let answer = |version: i64| {
        let answer =
            value!({ "version": version, "answer": { "kind": "true_false", "value": true } });
        test.assessment
            .submit(&me, &operation, exercise.id, json(answer))
    };
    // By the key of the first version it is right, which the second one has corrected.
    for enrolled in [false, true] {
        if enrolled {
            test.enroll(course.id, 2).await;
        }
        let old = answer(1).await.unwrap().value;
        assert_eq!((old.passed, old.practice), (Some(true), true));
        assert!(old.feedback.contains("does not count"), "{}", old.feedback);
        assert_eq!(counted().await, 0, "nobody hears of it");
    }
    let own = answer(2).await.unwrap().value;
    assert_eq!((own.passed, own.practice), (Some(false), false));
    assert_eq!(counted().await, 1);
}

#[tokio::test]
async fn the_staff_sees_how_many_learners_are_on_which_version() {
    let test = ModuleTest::new().await;
    let (course, ..) = test.two_versions().await;
    let counts = |caller| {
        let test = &test;
        async move {
            let (at, page_request) = (course.into(), first());
            let page = test.publishing.list(&caller, &at, &page_request);
            let items = page.await.unwrap().items;
            items
                .iter()
                .map(|one| (one.number, one.learners))
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(counts(author()).await, [(2, Some(0)), (1, Some(1))]);
    assert_eq!(counts(learner()).await, [(2, None), (1, None)]);
    test.leave(course).await;
    assert_eq!(counts(author()).await, [(2, Some(0)), (1, Some(0))]);
}

#[tokio::test]
async fn the_staff_sees_who_is_on_which_version_in_pages() {
    let test = &ModuleTest::new().await;
    let (course, ..) = test.two_versions().await;
    for number in 100..=104 {
        let learner = user(number, &[]).user_id;
        test.enroll_user(learner, course, 2).await;
    }
    let (me, at) = (author(), course.into());
    let list = async |version, page_request: PageRequest| {
        let page = test.enrolled.list(&me, &at, version, &page_request).await;
        page.unwrap()
    };
    let old = list(Some(1), first()).await.items;
    assert_eq!((old.len(), old[0].learner_id), (1, learner().user_id));
    assert_eq!(old[0].display_name.as_deref(), Some("Ada"));
    let (mut all, mut page_request) = (Vec::new(), PageRequest::first(4));
    loop {
        let page = list(None, page_request).await;
        all.extend(page.items.iter().map(|one| one.version));
        let Some(next) = page.next else {
            break;
        };
        page_request = PageRequest {
            from: Some(next),
            ..PageRequest::first(4)
        };
    }
    assert_eq!(all, [1, 2, 2, 2, 2, 2]);
    test.leave(course).await;
    assert_eq!(list(Some(1), first()).await.items, []);
    let (stranger, page) = (other(), first());
    let others = test.enrolled.list(&stranger, &at, None, &page).await;
    assert_eq!(code(others), "course.staff_required");
}
