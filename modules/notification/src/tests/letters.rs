//! Letters: asked for when they are sent, and kept nowhere.

use chrono::Duration;
use contracts::user::{
    Letter, UserEmailChangeRequested, UserEmailChanged, UserEmailVerificationRequested,
    UserInvited, UserPasswordResetRequested, UserRegistrationRepeated,
};
use kernel::{Event, ProofId};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::stage::{Stage, person};
use crate::delivery::DeliveryState;

const SECRET: &str = "k3yUnlikeAnyOther_0123456789-abcdefghijklmn";

fn proof(number: u128) -> ProofId {
    Uuid::from_u128(number).into()
}

/// Lets the user module know a letter.
fn write(stage: &Stage, number: u128, locale: &str, page: Option<&str>) {
    let letter = Letter {
        email: "ada@example.org".to_owned(),
        display_name: "Ada".to_owned(),
        locale: locale.to_owned(),
        url: page.map(|page| format!("https://learn.example.org/account/{page}#token={SECRET}")),
        time_zone: "Europe/Rome".to_owned(),
        expires_at: "2026-03-02T10:00:00Z".parse().unwrap(),
    };
    stage
        .users
        .letters
        .lock()
        .unwrap()
        .insert(proof(number), letter);
}

/// The text of the newest mail, as a reader's program decodes it.
fn newest(stage: &Stage) -> String {
    let mail = stage.mailbox().pop().unwrap();
    mail.replace("=\r\n", "").replace("=3D", "=")
}

async fn sent<E: Event>(event: &E, locale: &str, page: Option<&str>) -> String {
    let stage = Stage::new().await;
    write(&stage, 1, locale, page);
    stage.hear(event).await;
    assert_eq!(stage.module.sender().drain().await.unwrap(), 1);
    stage.assert_state(DeliveryState::Sent, 1).await;
    newest(&stage)
}

#[tokio::test]
async fn each_event_brings_its_letter_in_the_readers_language() {
    let (user_id, proof_id) = (person(1), proof(1));
    let verification = UserEmailVerificationRequested { proof_id };
    let reset = UserPasswordResetRequested {
        user_id,
        proof_id,
        required: false,
    };
    let change = UserEmailChangeRequested { user_id, proof_id };
    let changed = UserEmailChanged { user_id, proof_id };
    let invited = UserInvited { proof_id };
    let link = format!("#token={SECRET}");
    for (locale, mail, subject) in [
        (
            "en",
            sent(&verification, "en", Some("verify")).await,
            "Subject: Show that this address is yours",
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
            "Neues Passwort setzen",
        ),
        (
            "en",
            sent(&change, "en", Some("verify")).await,
            "Subject: Show that this new address is yours",
        ),
        (
            "en",
            sent(&changed, "en", Some("undo")).await,
            "Subject: Your account has another address",
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
async fn a_letter_that_only_informs_has_no_link() {
    let event = UserRegistrationRepeated { proof_id: proof(1) };
    let mail = sent(&event, "en", None).await;
    assert!(mail.contains("Subject: You have an account already"));
    assert!(!mail.contains("#token="), "{mail}");
}

#[tokio::test]
async fn a_letter_that_nobody_needs_any_more_is_not_sent() {
    let stage = Stage::new().await;
    let event = UserEmailVerificationRequested { proof_id: proof(1) };
    stage.hear(&event).await;
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Suppressed, 1).await;
    assert!(stage.mailbox().is_empty());
}

#[tokio::test]
async fn a_letter_is_asked_for_again_when_the_user_module_was_away() {
    let stage = Stage::new().await;
    write(&stage, 1, "en", Some("reset"));
    *stage.users.away.lock().unwrap() = true;
    let event = UserPasswordResetRequested {
        required: false,
        user_id: person(1),
        proof_id: proof(1),
    };
    stage.hear(&event).await;
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Queued, 1).await;
    *stage.users.away.lock().unwrap() = false;
    stage.later(Duration::minutes(5));
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Sent, 2).await;
    assert!(newest(&stage).contains(SECRET));
}

#[tokio::test]
async fn the_same_event_twice_sends_one_letter() {
    let stage = Stage::new().await;
    write(&stage, 1, "en", Some("verify"));
    let event = UserEmailVerificationRequested { proof_id: proof(1) };
    let envelope = stage.envelope(&event);
    for _ in 0..2 {
        stage.deliver(&envelope).await;
    }
    stage.hear(&event).await;
    stage.module.sender().drain().await.unwrap();
    assert_eq!(stage.mailbox().len(), 1);
}

#[tokio::test]
async fn no_table_holds_the_link() {
    let stage = Stage::new().await;
    write(&stage, 1, "en", Some("reset"));
    let event = UserPasswordResetRequested {
        required: false,
        user_id: person(1),
        proof_id: proof(1),
    };
    stage.hear(&event).await;
    stage.module.sender().drain().await.unwrap();
    assert!(newest(&stage).contains(SECRET));
    let db = stage.database.read();
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
    let stage = Stage::new().await;
    write(&stage, 1, "en", Some("verify"));
    let event = UserEmailVerificationRequested { proof_id: proof(1) };
    stage.hear(&event).await;
    let delivery = stage.delivery().await;
    let now = stage.ambient.now();
    let until = now + crate::delivery::LEASE;
    let db = stage.database.writer();
    let claimed = crate::store::deliveries::claim(db, &delivery, now, until).await;
    assert!(claimed.unwrap());
    assert_eq!(stage.module.sender().drain().await.unwrap(), 0);
    stage.module.release_claims().await.unwrap();
    assert_eq!(stage.module.sender().drain().await.unwrap(), 1);
    stage.assert_state(DeliveryState::Sent, 2).await;
}
