//! What the module knows of a user, and when.

use contracts::user::{UserCreated, UserDeleted, UserEmailVerified, UserMfaChanged, UserUpdated};

use crate::recipients;
use crate::tests::{ModuleTest, caller, completed, contact, registered, unlocked, user};

#[tokio::test]
async fn a_change_of_name_and_language_counts_for_the_next_message() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    let change = UserUpdated {
        user_id: user(1),
        username: "user1".to_owned(),
        display_name: "Augusta".to_owned(),
        email: "new@example.org".to_owned(),
        email_verified: true,
        locale: "de".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    test.receive(&change).await;
    test.receive(&unlocked(1, "Erste Schritte", 10)).await;
    let titles: Vec<_> = test
        .inbox(&caller(1))
        .await
        .into_iter()
        .map(|view| view.title)
        .collect();
    assert!(
        titles.contains(&"Auszeichnung erhalten: Erste Schritte".to_owned()),
        "{titles:?}"
    );
    test.drain().await;
    let mails = test.mailbox();
    assert_eq!(mails.len(), 2);
    assert!(
        mails
            .iter()
            .all(|mail| mail.contains("To: Augusta <new@example.org>"))
    );
}

#[tokio::test]
async fn what_comes_late_changes_nothing_and_brings_nobody_back() {
    let test = ModuleTest::new().await;
    let change = |name: &str| UserUpdated {
        user_id: user(1),
        username: "user1".to_owned(),
        display_name: name.to_owned(),
        email: "new@example.org".to_owned(),
        email_verified: true,
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    let mut newer = test.envelope(&change("Augusta"));
    newer.sequence = 3;
    test.deliver(&newer).await;
    let mut older = test.envelope(&change("Ada"));
    older.sequence = 2;
    test.deliver(&older).await;
    let known = async || {
        let found = recipients::find(test.database.read(), user(1)).await;
        found.unwrap().map(|known| known.display_name)
    };
    assert_eq!(known().await.as_deref(), Some("Augusta"));
    test.receive(&UserDeleted { user_id: user(1) }).await;
    let mut late = test.envelope(&change("Ada"));
    late.sequence = 9;
    test.deliver(&late).await;
    assert_eq!(known().await, None);
}

#[tokio::test]
async fn an_address_that_was_never_verified_is_only_warned_and_the_inbox_has_the_rest() {
    let test = ModuleTest::new().await;
    let unverified = UserCreated {
        email_verified: false,
        ..registered(1, "Ada", "en")
    };
    test.receive(&unverified).await;
    test.receive(&unlocked(1, "First Steps", 10)).await;
    test.receive(&completed(1, "Go from Zero")).await;
    let factor = UserMfaChanged {
        user_id: user(1),
        enabled: true,
    };
    test.receive(&factor).await;
    test.drain().await;
    let mails = test.mailbox();
    assert_eq!(mails.len(), 1, "the warning alone: {mails:?}");
    assert!(mails[0].contains("authenticator"), "{}", mails[0]);
    assert_eq!(test.inbox(&caller(1)).await.len(), 4);
    let deliveries = test.deliveries().await;
    let reasons = deliveries.iter().filter_map(|one| one.error.as_deref());
    let unsent = reasons.filter(|reason| reason.contains("not verified"));
    assert_eq!(unsent.count(), 3);

    let mut verified = test.envelope(&UserEmailVerified { user_id: user(1) });
    verified.sequence = 2;
    test.deliver(&verified).await;
    test.receive(&unlocked(1, "Second Steps", 10)).await;
    test.drain().await;
    assert_eq!(test.mailbox().len(), 2, "what comes after it is mailed");
}

#[tokio::test]
async fn of_a_user_whom_no_event_has_named_the_user_module_says_whether_the_address_is_verified() {
    let test = ModuleTest::new().await;
    let mut ada = contact(1, "Ada");
    ada.email_verified = false;
    let users = vec![ada, contact(2, "Bea")];
    *test.users.known.lock().unwrap() = users;
    for number in [1, 2] {
        test.receive(&completed(number, "Go from Zero")).await;
    }
    test.drain().await;
    let mails = test.mailbox();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("user2@example.org"), "{}", mails[0]);
}
