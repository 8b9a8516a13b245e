//! What comes of the events of others.

use contracts::user::{UserDeleted, UserSuspiciousLogin, UserUpdated};
use kernel::Event;
use uuid::Uuid;

use super::stage::{Stage, caller, completed, enrolled, person, registered, unlocked};
use crate::message::{Category, MessageType};

#[tokio::test]
async fn a_new_person_is_welcomed_in_their_language_in_the_inbox_and_by_mail() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "de-AT")).await;
    let inbox = stage.inbox(&caller(1)).await;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].title, "Willkommen bei GO-PRO, Ada!");
    assert_eq!(inbox[0].category, Category::Account);
    assert!(!inbox[0].read);
    assert_eq!(stage.module.sender().drain().await.unwrap(), 1);
    let mails = stage.mailbox();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].contains("To: Ada <user1@example.org>"),
        "{}",
        mails[0]
    );
    assert!(mails[0].contains("Subject: Willkommen bei GO-PRO, Ada!"));
}

#[tokio::test]
async fn each_event_makes_its_own_kind_of_message_and_mails_only_what_matters() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    stage.hear(&enrolled(1, "Go from Zero")).await;
    stage.hear(&completed(1, "Go from Zero")).await;
    stage.hear(&unlocked(1, "First Steps", 1)).await;
    let alarm = UserSuspiciousLogin {
        user_id: person(1),
        session_id: Uuid::from_u128(9).into(),
    };
    stage.hear(&alarm).await;
    let mut seen: Vec<_> = stage
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
    seen.sort_by_key(|(kind, ..)| kind.as_str());
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
            course.as_str(),
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
        stage.deliveries().await.len(),
        4,
        "an enrolment is not mailed"
    );
}

#[tokio::test]
async fn a_repeated_event_tells_nobody_twice() {
    let stage = Stage::new().await;
    let envelope = stage.hear(&registered(1, "Ada", "en")).await;
    stage.deliver(&envelope).await;
    assert_eq!(stage.inbox(&caller(1)).await.len(), 1);
    let txn = stage.database.begin().await.unwrap();
    let handler = stage.module.subscription().handler;
    handler.handle(&txn, &envelope).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(
        stage.inbox(&caller(1)).await.len(),
        1,
        "even past the inbox of the bus"
    );
    assert_eq!(stage.deliveries().await.len(), 1);
    assert_eq!(stage.told().await.len(), 1);
}

#[tokio::test]
async fn what_is_told_names_the_request_and_the_event_that_caused_it() {
    let stage = Stage::new().await;
    let cause = stage.hear(&enrolled(1, "Go")).await;
    let told = stage.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind, "notification.created.v1");
    assert_eq!(told[0].source, "/gopro/notification");
    assert_eq!(told[0].correlationid, "request-1");
    assert_eq!(told[0].causationid, Some(cause.id.to_string()));
    assert_eq!(told[0].data["category"], "course");
}

#[tokio::test]
async fn somebody_not_heard_of_is_told_without_a_name() {
    let stage = Stage::new().await;
    stage.hear(&completed(5, "Go")).await;
    let inbox = stage.inbox(&caller(5)).await;
    assert_eq!(inbox[0].title, "You have completed Go!");
}

#[tokio::test]
async fn a_change_of_name_and_language_counts_for_the_next_message() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    let change = UserUpdated {
        user_id: person(1),
        username: "user1".to_owned(),
        display_name: "Augusta".to_owned(),
        email: "new@example.org".to_owned(),
        locale: "de".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    stage.hear(&change).await;
    stage.hear(&unlocked(1, "Erste Schritte", 10)).await;
    let titles: Vec<_> = stage
        .inbox(&caller(1))
        .await
        .into_iter()
        .map(|view| view.title)
        .collect();
    assert!(
        titles.contains(&"Auszeichnung erhalten: Erste Schritte".to_owned()),
        "{titles:?}"
    );
    stage.module.sender().drain().await.unwrap();
    let mails = stage.mailbox();
    assert_eq!(mails.len(), 2);
    assert!(
        mails
            .iter()
            .all(|mail| mail.contains("To: Augusta <new@example.org>"))
    );
}

#[tokio::test]
async fn a_deleted_person_is_forgotten_for_good() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    stage.hear(&registered(2, "Bob", "en")).await;
    stage.hear(&UserDeleted { user_id: person(1) }).await;
    stage.hear(&completed(1, "Go")).await;
    assert!(stage.inbox(&caller(1)).await.is_empty());
    assert_eq!(stage.inbox(&caller(2)).await.len(), 1);
    assert_eq!(stage.deliveries().await.len(), 1);
    stage.module.sender().drain().await.unwrap();
    assert_eq!(stage.mailbox().len(), 1);
    let known = crate::store::recipients::find(stage.database.read(), person(1)).await;
    assert_eq!(known.unwrap(), None);
}

#[tokio::test]
async fn what_comes_late_changes_nothing_and_brings_nobody_back() {
    let stage = Stage::new().await;
    let change = |name: &str| UserUpdated {
        user_id: person(1),
        username: "user1".to_owned(),
        display_name: name.to_owned(),
        email: "new@example.org".to_owned(),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    let mut newer = stage.envelope(&change("Augusta"));
    newer.sequence = 3;
    stage.deliver(&newer).await;
    let mut older = stage.envelope(&change("Ada"));
    older.sequence = 2;
    stage.deliver(&older).await;
    let known = async || {
        let found = crate::store::recipients::find(stage.database.read(), person(1)).await;
        found.unwrap().map(|known| known.display_name)
    };
    assert_eq!(known().await.as_deref(), Some("Augusta"));
    stage.hear(&UserDeleted { user_id: person(1) }).await;
    let mut late = stage.envelope(&change("Ada"));
    late.sequence = 9;
    stage.deliver(&late).await;
    assert_eq!(known().await, None);
}

#[tokio::test]
async fn an_event_without_its_facts_is_parked() {
    let stage = Stage::new().await;
    let mut envelope = stage.envelope(&enrolled(1, "Go"));
    envelope.data = serde_json::json!({ "learner_id": "nobody" });
    let txn = stage.database.begin().await.unwrap();
    let handler = stage.module.subscription().handler;
    let verdict = handler.handle(&txn, &envelope).await.unwrap_err();
    assert!(matches!(verdict, bus::Verdict::Park(_)), "{verdict:?}");
}

#[tokio::test]
async fn the_module_listens_to_what_it_reacts_to() {
    let stage = Stage::new().await;
    let subscription = stage.module.subscription();
    assert_eq!(subscription.consumer, "notification");
    assert!(subscription.wants(UserUpdated::TYPE));
    assert!(!subscription.wants("progress.lesson_completed.v1"));
}
