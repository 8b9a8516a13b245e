//! What comes of the events of others.

use contracts::course::CoursePublishFailed;
use contracts::progress::{EnrollmentOrigin, ProgressCertificateRevoked, ProgressLearnerRemoved};
use contracts::user::UserSuspiciousLogin;
use uuid::Uuid;

use crate::domain::{Category, MessageType};
use crate::tests::{ModuleTest, caller, completed, enrolled, registered, unlocked, user};

#[tokio::test]
async fn a_new_user_is_welcomed_in_their_language_in_the_inbox_and_by_email() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "de-AT")).await;
    let inbox = test.inbox(&caller(1)).await;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].title, "Willkommen bei GO-PRO, Ada!");
    assert_eq!(inbox[0].category, Category::Account);
    assert!(!inbox[0].read);
    assert_eq!(test.drain().await, 1);
    let mails = test.mailbox();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].contains("To: Ada <user1@example.org>"),
        "{}",
        mails[0]
    );
    assert!(mails[0].contains("Subject: Willkommen bei GO-PRO, Ada!"));
}

#[tokio::test]
async fn each_event_makes_its_own_notification_and_only_some_an_email() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.receive(&enrolled(1, "Go from Zero")).await;
    test.receive(&completed(1, "Go from Zero")).await;
    test.receive(&unlocked(1, "First Steps", 1)).await;
    let alarm = UserSuspiciousLogin {
        user_id: user(1),
        session_id: Uuid::from_u128(9).into(),
    };
    test.receive(&alarm).await;
    let mut seen: Vec<_> = test
        .inbox(&caller(1))
        .await
        .into_iter()
        .map(|view| {
            (
                view.message_type,
                view.category,
                view.link.unwrap_or_default(),
            )
        })
        .collect();
    seen.sort_by_key(|(kind, ..)| format!("{kind:?}"));
    let course = format!("/api/v1/progress/courses/{}", Uuid::from_u128(2));
    let expected = [
        (
            MessageType::AchievementUnlocked,
            Category::Achievement,
            "/api/v1/achievements/mine",
        ),
        (
            MessageType::CourseCompleted,
            Category::Progress,
            "/api/v1/progress/certificates/ABCD-EFGH-JKMN-PQR8",
        ),
        (MessageType::Enrolled, Category::Course, course.as_str()),
        (
            MessageType::SuspiciousLogin,
            Category::Security,
            "/api/v1/users/me/sessions",
        ),
        (MessageType::Welcome, Category::Account, "/api/v1/courses"),
    ];
    for (seen, expected) in seen.iter().zip(expected) {
        assert_eq!((seen.0, seen.1, seen.2.as_str()), expected);
    }
    assert_eq!(seen.len(), 5);
    assert_eq!(
        test.deliveries().await.len(),
        4,
        "an enrollment is not mailed"
    );
}

#[tokio::test]
async fn what_repeats_within_an_hour_is_mailed_five_times_and_lies_in_the_inbox_each_time() {
    let test = ModuleTest::new().await;
    for number in 1..=7 {
        test.receive(&unlocked(1, "First Steps", number)).await;
    }
    assert_eq!(test.deliveries().await.len(), 5);
    assert_eq!(test.inbox(&caller(1)).await.len(), 7);
    test.receive(&completed(1, "Go")).await;
    test.receive(&unlocked(2, "First Steps", 8)).await;
    assert_eq!(test.deliveries().await.len(), 7, "others are not affected");
    test.clock.advance(chrono::Duration::minutes(61));
    test.receive(&unlocked(1, "First Steps", 9)).await;
    assert_eq!(test.deliveries().await.len(), 8);
}

#[tokio::test]
async fn a_repeated_event_notifies_nobody_twice() {
    let test = ModuleTest::new().await;
    let envelope = test.receive(&registered(1, "Ada", "en")).await;
    test.deliver(&envelope).await;
    assert_eq!(test.inbox(&caller(1)).await.len(), 1);
    let txn = test.database.begin().await.unwrap();
    let handler = test.module.subscription().handler;
    handler.handle(&txn, &envelope).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(
        test.inbox(&caller(1)).await.len(),
        1,
        "even past the inbox of the bus"
    );
    assert_eq!(test.deliveries().await.len(), 1);
    assert_eq!(test.published().await.len(), 1);
}

#[tokio::test]
async fn a_notification_names_the_request_and_the_event_that_caused_it() {
    let test = ModuleTest::new().await;
    let cause = test.receive(&enrolled(1, "Go")).await;
    let published = test.published().await;
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].kind, "notification.created.v1");
    assert_eq!(published[0].source, "/gopro/notification");
    assert_eq!(published[0].correlationid, "request-1");
    assert_eq!(published[0].causationid, Some(cause.id.to_string()));
    assert_eq!(published[0].data["category"], "course");
}

#[tokio::test]
async fn an_unknown_recipient_is_notified_without_a_name() {
    let test = ModuleTest::new().await;
    test.receive(&completed(5, "Go")).await;
    let inbox = test.inbox(&caller(5)).await;
    assert_eq!(inbox[0].title, "You have completed Go!");
}

#[tokio::test]
async fn who_comes_back_to_a_course_is_not_told_of_it_and_a_grade_is_by_email_too() {
    let test = ModuleTest::new().await;
    let mut event = enrolled(5, "Go");
    event.returning = true;
    test.receive(&event).await;
    assert_eq!(test.inbox(&caller(5)).await.len(), 0);
    event.origin = EnrollmentOrigin::WaitingList;
    test.receive(&event).await;
    let inbox = test.inbox(&caller(5)).await;
    assert!(
        inbox[0]
            .body
            .starts_with("A seat has become free, and it is yours. Everything")
    );
    test.receive(&registered(5, "Ada", "de")).await;
    test.drain().await;
    let graded = contracts::course::ExerciseSubmissionReviewed {
        submission_id: Uuid::from_u128(6).into(),
        course_id: Uuid::from_u128(2).into(),
        exercise_id: Uuid::from_u128(3).into(),
        learner_id: user(5),
        course_title: "Go".to_owned(),
        exercise_title: "Slices & maps".to_owned(),
        score: 8,
        max_score: 10,
        passed: true,
        reviewed_at: "2026-11-22T08:00:00Z".parse().unwrap(),
    };
    test.receive(&graded).await;
    let link = format!("/api/v1/submissions/{}", graded.submission_id);
    let inbox = test.inbox(&caller(5)).await;
    let graded_message = inbox
        .iter()
        .find(|one| one.link.as_deref() == Some(link.as_str()));
    let graded_message = graded_message.expect("a notification of the grade");
    assert_eq!(
        graded_message.title,
        "Deine Antwort auf „Slices & maps“ wurde bewertet"
    );
    assert!(
        graded_message.body.contains("8 von 10 Punkten"),
        "{}",
        graded_message.body
    );
    assert_eq!(test.drain().await, 1);
}

#[tokio::test]
async fn who_scheduled_a_course_is_told_why_it_was_not_published() {
    for (language, title, start) in [
        ("en", "“Go” was not published", "It was scheduled, but"),
        (
            "de",
            "„Go“ wurde nicht veröffentlicht",
            "Die geplante Veröffentlichung",
        ),
    ] {
        let test = ModuleTest::new().await;
        test.receive(&registered(5, "Ada", language)).await;
        test.drain().await;
        let failed = CoursePublishFailed {
            course_id: Uuid::from_u128(2).into(),
            course_title: "Go".to_owned(),
            recipient_id: user(5),
            reason: "the course has no section".to_owned(),
        };
        test.receive(&failed).await;
        let link = format!("/api/v1/courses/{}/schedule", failed.course_id);
        let inbox = test.inbox(&caller(5)).await;
        let told = inbox
            .iter()
            .find(|one| one.link.as_deref() == Some(link.as_str()));
        let told = told.expect("a notification of the failure");
        assert_eq!(told.title, title);
        assert!(told.body.starts_with(start), "{}", told.body);
        assert!(told.body.contains("the course has no section"));
        assert_eq!(test.drain().await, 1, "an email");
    }
}

#[tokio::test]
async fn who_is_removed_or_loses_a_certificate_is_told_in_their_language() {
    for (language, removed, revoked) in [
        ("en", "You are no longer enrolled", "was revoked"),
        (
            "de",
            "Du bist nicht mehr eingeschrieben",
            "wurde widerrufen",
        ),
    ] {
        let test = ModuleTest::new().await;
        test.receive(&registered(5, "Ada", language)).await;
        test.drain().await;
        test.receive(&ProgressLearnerRemoved {
            enrollment_id: Uuid::from_u128(9).into(),
            learner_id: user(5),
            course_id: Uuid::from_u128(2).into(),
            course_title: "Go".to_owned(),
        })
        .await;
        assert_eq!(test.drain().await, 1, "an email");
        test.receive(&ProgressCertificateRevoked {
            certificate_code: "ABCD-EFGH-JKMN-PQR8".to_owned(),
            learner_id: user(5),
            course_id: Uuid::from_u128(2).into(),
            course_title: "Go".to_owned(),
            reason: "It was written by somebody else.".to_owned(),
            revoked_at: test.env.now(),
        })
        .await;
        assert_eq!(test.drain().await, 1, "an email");
        let inbox = test.inbox(&caller(5)).await;
        let titled = |part: &str| inbox.iter().find(|one| one.title.contains(part));
        let told = titled(removed).expect("a notification of the removal");
        assert!(
            told.link
                .as_deref()
                .is_some_and(|link| link.contains("/progress/enrollments/"))
        );
        let told = titled(revoked).expect("a notification of the revocation");
        assert!(
            told.body.contains("It was written by somebody else."),
            "{}",
            told.body
        );
    }
}
