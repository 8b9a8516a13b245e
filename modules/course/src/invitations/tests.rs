//! Who is let into a course by invitation, and what others see of it.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use chrono::Duration;
use contracts::course::{Admission, CourseApi};
use contracts::course_ref::CourseRef;
use kernel::{CourseId, Expected, Fault, UserId};
use serde_json::{Value, json as value};
use uuid::Uuid;

use super::view::InvitationView;
use crate::authoring::CourseDetail;
use crate::authoring::staff::{self, StaffRecord};
use crate::domain::StaffRole;
use crate::tests::*;

impl ModuleTest {
    /// A published course that takes in only those who were invited.
    async fn closed(&self, title: &str) -> CourseDetail {
        let (course, ..) = self.published(value!({})).await;
        let change = json(value!({ "title": title, "visibility": "invite" }));
        let (me, operation, any, at) = (author(), op(), Expected::Any, course.id.into());
        let changed = self
            .authoring
            .update_course(&me, &operation, &at, &any, change);
        changed.await.unwrap();
        self.publish(&at).await
    }

    async fn invite(&self, course: CourseId, new: Value) -> InvitationView {
        let (me, operation, at) = (author(), op(), course.into());
        let created = self.invitations.create(&me, &operation, &at, json(new));
        created.await.unwrap().value
    }
}

fn guest(number: u128) -> UserId {
    Uuid::from_u128(0x6000 + number).into()
}

#[actix_web::test]
async fn a_course_by_invitation_is_none_to_others_and_is_read_by_whom_it_let_in() {
    let test = &ModuleTest::new().await;
    let (_, lesson, exercise) = test.published(value!({})).await;
    let course = lesson.course_id;
    let paths = [
        format!("/courses/{course}"),
        format!("/courses/{course}?version=1"),
        format!("/courses/{course}/outline"),
        format!("/courses/{course}/sections"),
        format!("/courses/{course}/lessons"),
        format!("/courses/{course}/versions"),
        format!("/courses/{course}/versions/1"),
        format!("/lessons/{}", lesson.id),
        format!("/lessons/{}/exercises", lesson.id),
        format!("/exercises/{}", exercise.id),
        format!("/exercises/{}/hints/1", exercise.id),
        format!("/exercises/{}/submissions", exercise.id),
    ];
    let read = async |caller: &kernel::Caller| {
        let mut statuses = BTreeSet::new();
        for path in &paths {
            statuses.insert(get(&test.course, Some(caller.clone()), path).await.0);
        }
        statuses.into_iter().collect::<Vec<_>>()
    };
    // What is kept ready for everybody must not outlive the change.
    assert_eq!(read(&learner()).await, [StatusCode::OK]);
    let at: CourseRef = course.into();
    let change = json(value!({ "visibility": "invite" }));
    let (me, operation, any) = (author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_course(&me, &operation, &at, &any, change);
    changed.await.unwrap();
    test.publish(&at).await;

    assert_eq!(read(&author()).await, [StatusCode::OK]);
    assert_eq!(read(&learner()).await, [StatusCode::NOT_FOUND]);
    let answer = json(value!({ "answer": { "kind": "true_false", "value": true } }));
    let (student, stranger) = (learner(), other());
    let answered = test
        .assessment
        .submit(&student, &operation, exercise.id, answer);
    assert_eq!(code(answered.await), "course.not_found");
    let change = json(value!({ "title": "Mine" }));
    let changed = test
        .authoring
        .update_course(&stranger, &operation, &at, &any, change);
    assert_eq!(code(changed.await), "course.not_found");
    let (status, _) = get(&test.course, None, &paths[0]).await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "as one that does not exist"
    );
    for path in ["/courses", "/courses?q=go"] {
        let (_, listed) = get(&test.course, None, path).await;
        assert_eq!(listed["items"], value!([]), "{path}");
    }
    for path in ["/tags", "/categories"] {
        let (_, listed) = get(&test.course, None, path).await;
        assert_eq!(listed["items"], value!([]), "{path}");
    }
    let named = json(value!({ "title": "T", "difficulty": "beginner", "prerequisites": [course] }));
    let refused = test.authoring.create_course(&stranger, &operation, named);
    assert_eq!(
        refused.await.unwrap_err().fields()[0].pointer,
        "/prerequisites/0"
    );

    let invitation = test.invite(course, value!({})).await;
    let secret = invitation.code.unwrap();
    let redeemed = test.invitations.redeem(course, student.user_id, &secret);
    assert!(redeemed.await.unwrap());
    assert_eq!(read(&student).await, [StatusCode::OK]);
    assert_eq!(read(&stranger).await, [StatusCode::NOT_FOUND]);

    // Whom the staff removes no invitation lets in, until the staff brings them back.
    let is_invited = async || {
        let admission = test.reading.admit(course, student.user_id, None).await;
        admission.unwrap().invited
    };
    test.enroll(course, 2).await;
    test.remove(course).await;
    assert_eq!(read(&student).await, [StatusCode::NOT_FOUND]);
    assert!(!is_invited().await);
    let answer = json(value!({ "answer": { "kind": "true_false", "value": true } }));
    let answered = test
        .assessment
        .submit(&student, &operation, exercise.id, answer);
    assert_eq!(code(answered.await), "course.not_found");
    test.enroll(course, 2).await;
    assert_eq!(read(&student).await, [StatusCode::OK]);
    assert!(is_invited().await);
}

#[tokio::test]
async fn who_is_enrolled_stays_when_a_course_closes() {
    let test = &ModuleTest::new().await;
    let course = test.closed("Closed").await;
    let (student, at) = (learner(), course.id.into());
    let query = text_of(newest());
    assert_eq!(
        code(test.reading.course(&student, &at, &query).await),
        "course.not_found"
    );
    test.enroll(course.id, 2).await;
    assert!(test.reading.course(&student, &at, &query).await.is_ok());
}

#[tokio::test]
async fn a_code_is_shown_once_expires_can_be_revoked_and_keeps_letting_in_whom_it_let_in() {
    let test = &ModuleTest::new().await;
    let course = test.closed("Closed").await;
    let at: CourseRef = course.id.into();
    let soon = test.env.now() + Duration::hours(1);
    let new = value!({ "name": " Autumn ", "max_uses": 1, "expires_at": soon });
    let one = test.invite(course.id, new).await;
    let secret = one.code.clone().unwrap();
    assert_eq!((one.name.as_str(), secret.len()), ("Autumn", 43));
    let redeem = |user, code: &str| {
        let code = code.to_owned();
        async move { test.invitations.redeem(course.id, user, &code).await }
    };
    assert!(!redeem(guest(1), "no-such-code").await.unwrap());
    let elsewhere = test.closed("Other").await.id;
    let redeemed = test.invitations.redeem(elsewhere, guest(1), &secret).await;
    assert!(!redeemed.unwrap(), "it is of another course");
    for _ in 0..2 {
        assert!(redeem(guest(1), &secret).await.unwrap());
    }
    assert_eq!(
        code(redeem(guest(2), &secret).await),
        "course.invitation_used_up"
    );
    let listed = test.invitations.list(&author(), &at, &first()).await;
    let listed = listed.unwrap().items;
    assert_eq!(
        (listed.len(), listed[0].uses, listed[0].code.clone()),
        (1, 1, None)
    );
    let second = test.invite(course.id, value!({})).await;
    let (me, stranger) = (author(), other());
    let revoked = test.invitations.revoke(&stranger, &at, second.id).await;
    assert_eq!(code(revoked), "course.not_found");
    test.invitations.revoke(&me, &at, second.id).await.unwrap();
    let revoked = test.invitations.revoke(&me, &at, second.id).await;
    assert_eq!(code(revoked), "course.not_found");
    assert!(!redeem(guest(3), &second.code.unwrap()).await.unwrap());
    let third = value!({ "expires_at": soon });
    let third = test.invite(course.id, third).await.code.unwrap();
    test.clock.advance(Duration::hours(2));
    assert_eq!(
        code(redeem(guest(3), &third).await),
        "course.invitation_expired"
    );
    let admitted = test.reading.admit(course.id, guest(1), Some("anything"));
    let invited = Admission {
        invited: true,
        ..Admission::default()
    };
    assert_eq!(admitted.await.unwrap(), invited);
    let staff = test
        .reading
        .admit(course.id, me.user_id, None)
        .await
        .unwrap();
    assert!(staff.staff && staff.editor && !staff.invited);
    let admin = administrator().user_id;
    let admitted = test.reading.admit(course.id, admin, None).await.unwrap();
    assert!(admitted.staff && admitted.editor, "on whatever list");
    let demoted = StaffRecord {
        accepted: true,
        course_id: course.id,
        user_id: learner().user_id,
        role: StaffRole::Owner,
        since: test.env.now(),
    };
    let txn = test.database.begin().await.unwrap();
    staff::upsert(&txn, &demoted).await.unwrap();
    txn.commit().await.unwrap();
    let admitted = test.reading.admit(course.id, demoted.user_id, None);
    assert_eq!(
        admitted.await.unwrap(),
        Admission::default(),
        "no instructor any more"
    );
    let past = json(value!({ "expires_at": "2020-01-01T00:00:00Z" }));
    let operation = op();
    let refused = test.invitations.create(&me, &operation, &at, past).await;
    assert_eq!(refused.unwrap_err().fields()[0].pointer, "/expires_at");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_ten_lets_in_ten_of_two_hundred_at_once() {
    let test = ModuleTest::new().await;
    let course = test.closed("Closed").await.id;
    let invitation = test.invite(course, value!({ "max_uses": 10 })).await;
    let secret = invitation.code.unwrap();
    let tries = (0..200).map(|number| {
        let (service, secret) = (test.invitations.clone(), secret.clone());
        tokio::spawn(async move {
            // Everybody comes twice, and who meets a busy database comes again.
            let user = guest(number / 2);
            loop {
                match service.redeem(course, user, &secret).await {
                    Ok(let_in) => break (user, let_in),
                    Err(error) if error.code() == "course.invitation_used_up" => {
                        break (user, false);
                    }
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                }
            }
        })
    });
    let tries: Vec<_> = tries.collect();
    let mut let_in = BTreeSet::new();
    for task in tries {
        let (user, is_in) = task.await.unwrap();
        if is_in {
            let_in.insert(user);
        }
    }
    assert_eq!(let_in.len(), 10);
    let (me, page) = (author(), first());
    let listed = test.invitations.list(&me, &course.into(), &page).await;
    assert_eq!(listed.unwrap().items[0].uses, 10);
}
