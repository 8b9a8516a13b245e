//! What the module knows of a user, and when.

use contracts::user::{UserDeleted, UserUpdated};

use crate::recipients;
use crate::tests::{ModuleTest, caller, registered, unlocked, user};

#[tokio::test]
async fn a_change_of_name_and_language_counts_for_the_next_message() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    let change = UserUpdated {
        user_id: user(1),
        username: "user1".to_owned(),
        display_name: "Augusta".to_owned(),
        email: "new@example.org".to_owned(),
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
