//! Transactional emails: requested when they are sent, and kept nowhere.

use chrono::Duration;
use contracts::user::{
    EmailContent, UserEmailChangeRequested, UserEmailChanged, UserEmailVerificationRequested,
    UserInvited, UserPasswordResetRequested, UserRegistrationRepeated,
};
use kernel::{Event, OneTimeTokenId};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::delivery::{retry, store};
use crate::domain::DeliveryState;
use crate::tests::{ModuleTest, user};

const SECRET: &str = "k3yUnlikeAnyOther_0123456789-abcdefghijklmn";

fn token(number: u128) -> OneTimeTokenId {
    Uuid::from_u128(number).into()
}

/// Lets the user module know an email.
fn write(test: &ModuleTest, number: u128, locale: &str, page: Option<&str>) {
    let email = EmailContent {
        email: "ada@example.org".to_owned(),
        display_name: "Ada".to_owned(),
        locale: locale.to_owned(),
        url: page.map(|page| format!("https://learn.example.org/account/{page}#token={SECRET}")),
        time_zone: "Europe/Rome".to_owned(),
        expires_at: "2026-03-02T10:00:00Z".parse().unwrap(),
    };
    test.users
        .emails
        .lock()
        .unwrap()
        .insert(token(number), email);
}

/// The text of the newest email, as a reader's program decodes it.
fn newest(test: &ModuleTest) -> String {
    let mail = test.mailbox().pop().unwrap();
    mail.replace("=\r\n", "").replace("=3D", "=")
}

async fn sent<E: Event>(event: &E, locale: &str, page: Option<&str>) -> String {
    let test = ModuleTest::new().await;
    write(&test, 1, locale, page);
    test.receive(event).await;
    assert_eq!(test.drain().await, 1);
    test.assert_state(DeliveryState::Sent, 1).await;
    newest(&test)
}

#[tokio::test]
async fn each_event_brings_its_email_in_the_readers_language() {
    let (user_id, token_id) = (user(1), token(1));
    let verification = UserEmailVerificationRequested { token_id };
    let reset = UserPasswordResetRequested {
        user_id,
        token_id,
        required: false,
    };
    let change = UserEmailChangeRequested { user_id, token_id };
    let changed = UserEmailChanged { user_id, token_id };
    let invited = UserInvited { token_id };
    let link = format!("#token={SECRET}");
    for (locale, mail, subject) in [
        (
            "en",
            sent(&verification, "en", Some("verify")).await,
            "Subject: Verify your email address",
        ),
        (
            "de",
            sent(&verification, "de", Some("verify")).await,
            "Adresse best",
        ),
        (
            "en",
            sent(&reset, "en", Some("reset")).await,
            "Subject: Set a new password",
        ),
        (
            "de",
            sent(&reset, "de-AT", Some("reset")).await,
            "Neues Passwort festlegen",
        ),
        (
            "en",
            sent(&change, "en", Some("verify")).await,
            "Subject: Verify your new email address",
        ),
        (
            "en",
            sent(&changed, "en", Some("undo")).await,
            "Subject: The email address of your account was changed",
        ),
        (
            "en",
            sent(&invited, "en", Some("invite")).await,
            "Subject: You are invited to learn with GO-PRO",
        ),
    ] {
        assert!(mail.contains("To: Ada <ada@example.org>"), "{mail}");
        assert!(mail.contains(subject), "{locale}: {mail}");
        assert!(
            mail.matches(&link).count() >= 2,
            "in the text and in the button: {mail}"
        );
        assert!(mail.contains("2026-03-02 11:00 (Europe/Rome)"), "{mail}");
    }
}

#[tokio::test]
async fn an_email_that_only_informs_has_no_link() {
    let event = UserRegistrationRepeated { token_id: token(1) };
    let mail = sent(&event, "en", None).await;
    assert!(mail.contains("Subject: You already have an account"));
    assert!(!mail.contains("#token="), "{mail}");
}

#[tokio::test]
async fn an_email_that_nobody_needs_any_more_is_not_sent() {
    let test = ModuleTest::new().await;
    let event = UserEmailVerificationRequested { token_id: token(1) };
    test.receive(&event).await;
    test.drain().await;
    test.assert_state(DeliveryState::Suppressed, 1).await;
    assert!(test.mailbox().is_empty());
}

#[tokio::test]
async fn an_email_is_requested_again_after_the_user_module_was_down() {
    let test = ModuleTest::new().await;
    write(&test, 1, "en", Some("reset"));
    *test.users.away.lock().unwrap() = true;
    let event = UserPasswordResetRequested {
        required: false,
        user_id: user(1),
        token_id: token(1),
    };
    test.receive(&event).await;
    test.drain().await;
    test.assert_state(DeliveryState::Queued, 1).await;
    *test.users.away.lock().unwrap() = false;
    test.later(Duration::minutes(5)).await;
    test.drain().await;
    test.assert_state(DeliveryState::Sent, 2).await;
    assert!(newest(&test).contains(SECRET));
}

#[tokio::test]
async fn the_same_event_twice_sends_one_email() {
    let test = ModuleTest::new().await;
    write(&test, 1, "en", Some("verify"));
    let event = UserEmailVerificationRequested { token_id: token(1) };
    let envelope = test.envelope(&event);
    for _ in 0..2 {
        test.deliver(&envelope).await;
    }
    test.receive(&event).await;
    test.drain().await;
    assert_eq!(test.mailbox().len(), 1);
}

#[tokio::test]
async fn no_table_holds_the_link() {
    let test = ModuleTest::new().await;
    write(&test, 1, "en", Some("reset"));
    let event = UserPasswordResetRequested {
        required: false,
        user_id: user(1),
        token_id: token(1),
    };
    test.receive(&event).await;
    test.drain().await;
    assert!(newest(&test).contains(SECRET));
    let db = test.database.read();
    let mut rows = 0;
    for table in [
        "outbox",
        "inbox",
        "notification",
        "delivery",
        "recipient",
        "idempotency",
    ] {
        let all =
            Statement::from_string(db.get_database_backend(), format!("SELECT * FROM {table}"));
        for row in db.query_all_raw(all).await.unwrap() {
            rows += 1;
            let text = format!("{row:?}");
            assert!(!text.contains(SECRET), "{table}: {text}");
        }
    }
    assert!(rows > 0);
}

#[tokio::test]
async fn what_a_process_had_in_hand_when_it_ended_is_sent_by_the_next_one() {
    let test = ModuleTest::new().await;
    write(&test, 1, "en", Some("verify"));
    let event = UserEmailVerificationRequested { token_id: token(1) };
    test.receive(&event).await;
    let delivery = test.delivery().await;
    let now = test.shared_now().await;
    let until = now + retry::LEASE;
    let db = test.database.for_migrations();
    let claimed = store::claim(db, &delivery, now, until).await;
    assert!(claimed.unwrap());
    assert_eq!(test.drain().await, 0);
    test.module.release_claims().await.unwrap();
    assert_eq!(test.drain().await, 1);
    test.assert_state(DeliveryState::Sent, 2).await;
}
