//! Publishing at a time that was set before.

use chrono::{DateTime, Duration, Utc};
use contracts::course::CoursePublishFailed;
use contracts::course_ref::CourseRef;
use database::outbox;
use kernel::{Caller, Envelope, Event, Expected, Fault, Role, UserId};
use sea_orm::EntityTrait;
use serde_json::json as value;

use crate::publishing::request::ScheduleCourse;
use crate::tests::*;

fn at(publish_at: DateTime<Utc>) -> ScheduleCourse {
    ScheduleCourse {
        publish_at,
        change_notes: "On time".to_owned(),
    }
}

impl ModuleTest {
    /// Whom the module has told that a course was not published, and why.
    async fn failures(&self) -> Vec<(UserId, String)> {
        let rows = outbox::Entity::find().all(self.database.read()).await;
        let rows = rows.unwrap().into_iter();
        let envelopes = rows.map(|row| serde_json::from_str(&row.envelope).unwrap());
        let of_type =
            envelopes.filter(|envelope: &Envelope| envelope.kind == CoursePublishFailed::TYPE);
        let events = of_type.map(|envelope| envelope.decode::<CoursePublishFailed>().unwrap());
        events
            .map(|event| (event.recipient_id, event.reason))
            .collect()
    }
}

#[tokio::test]
async fn a_draft_is_published_at_its_time_and_once() {
    let test = &ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let course: CourseRef = course.id.into();
    test.exercise(&lesson, value!({ "title": "F" })).await;
    let me = author();
    let schedule = |when| test.publishing.schedule(&me, &course, at(when));
    let now = test.env.now();
    for when in [now, now + Duration::days(400)] {
        let refused = schedule(when).await.unwrap_err();
        assert_eq!(refused.fields()[0].pointer, "/publish_at");
    }
    let others = other();
    let others = test
        .publishing
        .schedule(&others, &course, at(now + Duration::hours(1)));
    assert_eq!(code(others.await), "course.staff_required");
    schedule(now + Duration::hours(2)).await.unwrap();
    let changed = schedule(now + Duration::hours(1)).await.unwrap();
    assert_eq!(changed.publish_at, now + Duration::hours(1));
    assert_eq!(test.publishing.publish_due().await.unwrap(), 0);
    let version = || async {
        let page = test.publishing.list(&me, &course, &first()).await.unwrap();
        (page.items.len(), page.items[0].change_notes.clone())
    };
    assert_eq!(version().await.0, 1);

    test.clock.advance(Duration::hours(1));
    let (one, another) = tokio::join!(test.publishing.publish_due(), test.publishing.publish_due());
    assert_eq!(one.unwrap() + another.unwrap(), 1);
    assert_eq!(version().await, (2, "On time".to_owned()));
    let gone = test.publishing.find_schedule(&me, &course).await;
    assert_eq!(code(gone), "course.not_found");
    assert_eq!(test.publishing.publish_due().await.unwrap(), 0);
}

#[tokio::test]
async fn what_cannot_be_published_says_why_and_is_not_tried_again() {
    let test = &ModuleTest::new().await;
    let course = test.course("Empty").await;
    let course: CourseRef = course.id.into();
    let me = author();
    let soon = test.env.now() + Duration::minutes(1);
    test.publishing
        .schedule(&me, &course, at(soon))
        .await
        .unwrap();
    test.clock.advance(Duration::minutes(1));
    assert_eq!(test.publishing.publish_due().await.unwrap(), 0);
    let told = test.publishing.find_schedule(&me, &course).await.unwrap();
    let reason = told.failure.unwrap();
    assert!(reason.contains("no section"), "{reason}");
    // Who scheduled it is told why, once.
    assert_eq!(test.failures().await, [(me.user_id, reason)]);
    // The draft is corrected, and still nothing happens until somebody says so.
    let section = test.section(&course, "S").await;
    test.lesson(&section, "L").await;
    assert_eq!(test.publishing.publish_due().await.unwrap(), 0);
    assert_eq!(test.failures().await.len(), 1);
    let soon = test.env.now() + Duration::minutes(1);
    test.publishing
        .schedule(&me, &course, at(soon))
        .await
        .unwrap();
    test.clock.advance(Duration::minutes(1));
    assert_eq!(test.publishing.publish_due().await.unwrap(), 1);

    // An archived course stays archived.
    let soon = test.env.now() + Duration::minutes(1);
    test.lesson(&section, "M").await;
    test.publishing
        .schedule(&me, &course, at(soon))
        .await
        .unwrap();
    let operation = op();
    let archived = test
        .publishing
        .archive(&me, &operation, &course, &Expected::Any);
    archived.await.unwrap();
    test.clock.advance(Duration::minutes(1));
    assert_eq!(test.publishing.publish_due().await.unwrap(), 0);
    let none = test.publishing.cancel_schedule(&me, &course).await;
    assert_eq!(code(none), "course.not_found");
}

#[tokio::test]
async fn who_may_no_longer_publish_a_course_has_not_scheduled_it_either() {
    let test = &ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let course: CourseRef = course.id.into();
    let (me, co, operation) = (author(), other(), op());
    let co_instructor = json(value!({ "role": "co_instructor" }));
    let put = test.authoring.put_staff(
        &me,
        &operation,
        &course,
        &Expected::Any,
        co.user_id,
        co_instructor,
    );
    put.await.unwrap();
    test.exercise(&lesson, value!({ "title": "F" })).await;
    let soon = || test.env.now() + Duration::minutes(1);
    let scheduled = test.publishing.schedule(&co, &course, at(soon()));
    scheduled.await.unwrap();
    let removed = test
        .authoring
        .delete_staff(&me, &operation, &course, &Expected::Any, co.user_id);
    removed.await.unwrap();
    test.clock.advance(Duration::minutes(1));
    assert_eq!(test.publishing.publish_due().await.unwrap(), 0);
    let told = test.publishing.find_schedule(&me, &course).await.unwrap();
    let reason = told.failure.unwrap();
    assert!(reason.contains("no longer"), "{reason}");
    // The owner can schedule it again, and who has left cannot.
    assert_eq!(test.failures().await, [(me.user_id, reason)]);
    let scheduled = test.publishing.schedule(&me, &course, at(soon()));
    scheduled.await.unwrap();
    test.clock.advance(Duration::minutes(1));
    assert_eq!(test.publishing.publish_due().await.unwrap(), 1);
}

#[tokio::test]
async fn who_was_disabled_or_demoted_publishes_nothing_any_more() {
    let test = &ModuleTest::new().await;
    for gone in [shut_out(), learner()] {
        let (course, lesson, _) = test.published(value!({})).await;
        // As they were when they scheduled it.
        let before = Caller {
            roles: vec![Role::Admin].into(),
            ..gone
        };
        let course: CourseRef = course.id.into();
        test.exercise(&lesson, value!({ "title": "F" })).await;
        let soon = test.env.now() + Duration::minutes(1);
        let scheduled = test.publishing.schedule(&before, &course, at(soon));
        scheduled.await.unwrap();
        test.clock.advance(Duration::minutes(1));
        assert_eq!(test.publishing.publish_due().await.unwrap(), 0);
        let me = author();
        let told = test.publishing.find_schedule(&me, &course).await.unwrap();
        assert!(told.failure.unwrap().contains("no longer"));
    }
}
