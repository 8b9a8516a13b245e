//! Who waits is enrolled in the order of the line, once, and told.

use contracts::course::CourseArchived;
use contracts::progress::{EnrollmentOrigin, ProgressEnrolled};
use contracts::user::{UserDeleted, UserLocked};
use database::outbox;
use kernel::{CourseId, Envelope, Event, Fault, PageRequest, UserId};
use sea_orm::{EntityTrait, QueryOrder};

use super::request::JoinWaitingList;
use super::view::Joined;
use crate::domain::EnrollmentStatus;
use crate::error::Error;
use crate::seats::tests::admin;
use crate::seats::{settings, waiting};
use crate::tests::{ModuleTest, by, course, outline, user, with_key};

impl ModuleTest {
    async fn join(&self, who: UserId) -> Result<Joined, Error> {
        let request = JoinWaitingList {
            course_id: course(),
            invitation_code: None,
        };
        let service = &self.progress.waiting_list;
        let joined = Box::pin(service.join(who, &request, &by(who))).await?;
        Ok(joined.value)
    }

    async fn waits_for(&self, who: UserId) -> Vec<(CourseId, i64)> {
        let first = PageRequest::first(50);
        let page = self.progress.waiting_list.list_of(who, &first).await;
        let entries = page.unwrap().items.into_iter();
        entries.map(|one| (one.course_id, one.position)).collect()
    }

    /// Those in the line, in its order.
    async fn line(&self) -> Vec<UserId> {
        let (first, at) = (PageRequest::first(50), course().into());
        let page = self.progress.waiting_list.list(&admin(), &at, &first).await;
        let people = page.unwrap().items.into_iter();
        people.map(|one| one.learner_id).collect()
    }

    /// Who was enrolled, and how, in order.
    async fn enrolled(&self) -> Vec<(UserId, EnrollmentOrigin)> {
        let rows = outbox::Entity::find()
            .order_by_asc(outbox::Column::Position)
            .all(self.database.read())
            .await
            .unwrap();
        let envelopes = rows
            .iter()
            .map(|row| serde_json::from_str::<Envelope>(&row.envelope).unwrap())
            .filter(|one| one.kind == ProgressEnrolled::TYPE);
        let events = envelopes.map(|one| one.decode::<ProgressEnrolled>().unwrap());
        events.map(|one| (one.learner_id, one.origin)).collect()
    }
}

/// A course with one seat that somebody has, and two who wait for it in this order.
async fn full() -> (ModuleTest, [UserId; 3], kernel::EnrollmentId) {
    let test = ModuleTest::with_seats(1).await;
    let people = [0xc01, 0xc02, 0xc03].map(user);
    let id = test.enroll(people[0]).await.id;
    for who in [people[2], people[1]] {
        assert!(test.join(who).await.unwrap().created);
    }
    (test, people, id)
}

#[tokio::test]
async fn a_free_seat_goes_to_the_first_in_line_once_and_nobody_takes_it_before_them() {
    let (test, [first, second, third], id) = Box::pin(full()).await;
    assert_eq!(test.waits_for(third).await, [(course(), 1)]);
    assert_eq!(test.waits_for(second).await, [(course(), 2)]);
    assert_eq!(test.line().await, [third, second]);
    assert_eq!(test.progress.promote_due().await.unwrap(), 0);
    test.leave(first, id).await;
    for who in [first, second, user(0xc09)] {
        let refused = test.try_enroll(who).await.unwrap_err();
        assert_eq!(refused.code(), "progress.course_full");
    }
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
    assert_eq!(test.progress.promote_due().await.unwrap(), 0);
    let told = test.enrolled().await;
    assert_eq!(told.last(), Some(&(third, EnrollmentOrigin::WaitingList)));
    assert_eq!(told.len(), 2);
    assert!(test.waits_for(third).await.is_empty());
    assert_eq!(test.waits_for(second).await, [(course(), 1)]);
    test.assert_verified().await;
}

#[tokio::test]
async fn the_first_in_line_may_take_the_free_seat_themselves() {
    let (test, [first, _, third], id) = Box::pin(full()).await;
    test.leave(first, id).await;
    assert!(test.try_enroll(third).await.unwrap().created);
    assert!(test.waits_for(third).await.is_empty());
    assert_eq!(test.progress.promote_due().await.unwrap(), 0);
    assert_eq!(test.seated().await, 1);
}

#[tokio::test]
async fn who_had_left_comes_back_from_the_line_with_all_credit_and_is_told() {
    let (test, [first, second, third], id) = Box::pin(full()).await;
    test.complete(first, 1).await.unwrap();
    test.leave(first, id).await;
    assert!(test.join(first).await.unwrap().created);
    test.set_seats(Some(3)).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 3);
    let told = test.enrolled().await;
    let promoted = [third, second, first].map(|who| (who, EnrollmentOrigin::WaitingList));
    assert_eq!(told[1..], promoted);
    let back = test.progress.enrollment.find(first, id).await.unwrap();
    assert_eq!((back.status, back.done), (EnrollmentStatus::Active, 1));
    test.assert_verified().await;
}

#[tokio::test]
async fn a_seat_of_an_erased_learner_is_free_and_who_is_erased_waits_no_longer() {
    let (test, [first, second, third], _) = Box::pin(full()).await;
    test.deliver(&UserDeleted { user_id: third }).await;
    assert_eq!(test.line().await, [second]);
    test.deliver(&UserDeleted { user_id: first }).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
    let told = test.enrolled().await;
    assert_eq!(told.last(), Some(&(second, EnrollmentOrigin::WaitingList)));
    test.assert_verified().await;
}

#[tokio::test]
async fn only_who_cannot_enroll_waits_and_keeps_their_place() {
    let (test, [first, second, third], _) = Box::pin(full()).await;
    let enrolled = test.join(first).await.unwrap_err();
    assert_eq!(enrolled.code(), "progress.already_enrolled");
    let again = test.join(third).await.unwrap();
    assert_eq!((again.created, again.entry.position), (false, 1));
    let service = &test.progress.waiting_list;
    service.leave(third, course()).await.unwrap();
    let gone = service.leave(third, course()).await.unwrap_err();
    assert_eq!(gone.code(), "progress.waiting_list_entry_not_found");
    assert_eq!(test.join(third).await.unwrap().entry.position, 2);
    assert_eq!(test.line().await, [second, third]);
    test.set_seats(Some(9)).await;
    let free = test.join(user(0xc05)).await.unwrap_err();
    assert_eq!(free.code(), "progress.seats_available");
    let request = JoinWaitingList {
        course_id: user(0xfff).uuid().into(),
        invitation_code: None,
    };
    let unknown = service.join(first, &request, &by(first)).await;
    assert_eq!(unknown.unwrap_err().code(), "progress.course_not_found");
}

#[tokio::test]
async fn a_repeated_request_keeps_one_place_and_its_first_answer() {
    let (test, _, _) = Box::pin(full()).await;
    let (who, service) = (user(0xc05), &test.progress.waiting_list);
    let request = JoinWaitingList {
        course_id: course(),
        invitation_code: None,
    };
    let first = service.join(who, &request, &with_key(who, "a")).await;
    let again = service.join(who, &request, &with_key(who, "a")).await;
    assert_eq!(first.unwrap().value, again.unwrap().value);
    assert_eq!(test.line().await.len(), 3);
}

#[tokio::test]
async fn nobody_waits_for_more_than_ten_courses() {
    let test = ModuleTest::with_course().await;
    *test.courses.away.lock().unwrap() = true;
    let who = user(0xc01);
    let mut codes = Vec::new();
    for number in 0..11 {
        let mut other = outline(1);
        other.course_id = user(0xd00 + number).uuid().into();
        other.slug = format!("course-{number}");
        let id = other.course_id;
        test.publish(other).await;
        let none = crate::seats::ReplaceEnrollmentSettings {
            seats: Some(0),
            ..Default::default()
        };
        let (caller, at, any) = (admin(), id.into(), kernel::Expected::Any);
        let seats = &test.progress.seats;
        let set = seats.replace_settings(&caller, &at, &any, &none).await;
        set.unwrap();
        let request = JoinWaitingList {
            course_id: id,
            invitation_code: None,
        };
        let service = &test.progress.waiting_list;
        let joined = service.join(who, &request, &by(who)).await;
        codes.push(joined.err().map(|error| error.code().to_owned()));
    }
    assert!(codes[..10].iter().all(Option::is_none), "{codes:?}");
    let refused = codes[10].as_deref();
    assert_eq!(refused, Some("progress.waiting_list_limit_exceeded"));
}

#[tokio::test]
async fn an_archived_course_enrolls_nobody_from_its_line() {
    let (test, [first, _, third], id) = Box::pin(full()).await;
    test.leave(first, id).await;
    let archived = CourseArchived {
        course_id: course(),
    };
    test.deliver(&archived).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 0);
    assert_eq!(test.waits_for(third).await, [(course(), 1)]);
}

#[tokio::test]
async fn a_seat_does_not_go_to_a_disabled_account_which_keeps_its_place() {
    let (test, [first, second, third], id) = Box::pin(full()).await;
    let locked = |locked| UserLocked {
        user_id: third,
        locked,
    };
    test.deliver_as(&locked(true), 3).await;
    test.leave(first, id).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
    let told = test.enrolled().await;
    assert_eq!(told.last(), Some(&(second, EnrollmentOrigin::WaitingList)));
    assert_eq!(test.waits_for(third).await, [(course(), 1)]);
    test.deliver_as(&locked(false), 4).await;
    test.set_seats(Some(2)).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
    assert!(test.waits_for(third).await.is_empty());
}

#[tokio::test]
async fn who_cannot_be_enrolled_now_holds_up_nobody_and_keeps_their_place() {
    let test = ModuleTest::with_seats(1).await;
    let [restless, patient, other] = [0xc01, 0xc02, 0xc03].map(user);
    for _ in 0..10 {
        let id = test.enroll(restless).await.id;
        test.leave(restless, id).await;
    }
    let id = test.enroll(other).await.id;
    let refused = test.join(restless).await.unwrap_err();
    assert_eq!(refused.code(), "progress.return_limit_exceeded");
    // As if they had come into the line before.
    let txn = test.database.begin_private().await.unwrap();
    let entry = (false, test.env.now());
    let inserted = waiting::insert(&txn, course(), restless, "Go", entry).await;
    inserted.unwrap();
    txn.commit().await.unwrap();
    test.join(patient).await.unwrap();
    test.leave(other, id).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
    let told = test.enrolled().await;
    assert_eq!(told.last(), Some(&(patient, EnrollmentOrigin::WaitingList)));
    assert_eq!(test.waits_for(restless).await, [(course(), 1)]);
    test.set_seats(Some(2)).await;
    assert_eq!(test.progress.promote_due().await.unwrap(), 0);
    test.wait(chrono::Duration::days(1));
    assert_eq!(test.progress.promote_due().await.unwrap(), 1);
}

#[tokio::test]
async fn the_lines_of_all_courses_have_their_turn() {
    let test = ModuleTest::with_course().await;
    let mut other = outline(1);
    other.course_id = user(0xd00).uuid().into();
    other.slug = "other".to_owned();
    let courses = [course(), other.course_id];
    Box::pin(test.publish(other)).await;
    let (db, now) = (test.database.read(), test.env.now());
    for id in courses {
        let seats = crate::seats::ReplaceEnrollmentSettings {
            seats: Some(1),
            ..Default::default()
        };
        let (caller, at, any) = (admin(), id.into(), kernel::Expected::Any);
        let service = &test.progress.seats;
        let set = service.replace_settings(&caller, &at, &any, &seats).await;
        set.unwrap();
        let txn = test.database.begin_private().await.unwrap();
        let inserted = waiting::insert(&txn, id, user(0xc01), "Go", (false, now)).await;
        inserted.unwrap();
        txn.commit().await.unwrap();
    }
    let first = || waiting::list_courses_with_room(db, now, 1);
    let [one] = first().await.unwrap()[..] else {
        panic!("one of the two");
    };
    let txn = test.database.begin_private().await.unwrap();
    settings::defer(&txn, one, now).await.unwrap();
    txn.commit().await.unwrap();
    let [next] = first().await.unwrap()[..] else {
        panic!("the other one");
    };
    assert_ne!(one, next);
    assert!(courses.contains(&next));
}
