//! Which deliveries wait for which, and what is known of those that wait.

use chrono::Duration;
use contracts::user::{
    UserEmailVerificationRequested, UserPasswordChanged, UserPasswordResetRequested,
};
use kernel::OneTimeTokenId;
use sea_orm::{DatabaseBackend, Iterable};
use uuid::Uuid;

use crate::delivery::store;
use crate::domain::{DeliveryState, Lane};
use crate::tests::{ModuleTest, completed, enrolled, registered, unlocked, user};

fn token(number: u128) -> OneTimeTokenId {
    Uuid::from_u128(number).into()
}

fn verification_requested(number: u128) -> UserEmailVerificationRequested {
    UserEmailVerificationRequested {
        token_id: token(number),
    }
}

fn reset_requested(number: u128) -> UserPasswordResetRequested {
    UserPasswordResetRequested {
        user_id: user(number),
        token_id: token(1000 + number),
        required: false,
    }
}

fn password_changed(number: u128) -> UserPasswordChanged {
    UserPasswordChanged {
        user_id: user(number),
        reset: true,
        sessions_ended: Some(1),
        api_tokens_ended: 0,
        api_tokens_kept: 0,
        identities_ended: 0,
        identities_kept: 0,
        second_factor_ended: false,
    }
}

#[tokio::test]
async fn a_link_for_an_account_waits_for_no_flood_of_registrations_or_news() {
    let test = ModuleTest::new().await;
    for number in 1..=20 {
        test.receive(&verification_requested(number)).await;
        test.receive(&registered(number, "Ada", "en")).await;
    }
    test.receive(&reset_requested(1)).await;
    test.receive(&password_changed(1)).await;
    let due = test.shared_now().await;
    for lane in Lane::iter() {
        let next = store::find_due(test.database.read(), lane, due).await;
        assert_eq!(next.unwrap().unwrap().lane, lane);
    }
    // Each lane has its own workers: those of the accounts send both and nothing else.
    let senders = test.module.senders();
    assert_eq!(senders.len(), 6);
    while senders[0].send_next().await.unwrap() {}
    let tried = test.deliveries().await;
    let tried = tried.iter().filter(|delivery| delivery.attempts > 0);
    assert_eq!(tried.count(), 2);
}

#[tokio::test]
async fn news_do_not_use_up_the_emails_about_the_safety_of_an_account() {
    let test = ModuleTest::new().await;
    for number in 1..=30 {
        test.receive(&unlocked(1, "First Steps", number)).await;
        test.receive(&completed(1, "Go")).await;
        test.receive(&enrolled(1, "Go")).await;
        test.receive(&registered(1, "Ada", "en")).await;
    }
    let news = test.deliveries().await.len();
    test.receive(&password_changed(1)).await;
    assert_eq!(test.deliveries().await.len(), news + 1);
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_queued_is_sent_when_it_is_right_again() {
    let test = ModuleTest::new().await;
    if test.database.backend() == DatabaseBackend::Postgres {
        testkit::left_out("the clock of a PostgreSQL server cannot be moved");
        return;
    }
    test.clock.advance(Duration::days(1));
    test.receive(&registered(1, "Ada", "en")).await;
    test.clock.advance(-Duration::days(1));
    assert_eq!(test.drain().await, 1);
    test.assert_state(DeliveryState::Sent, 1).await;
}

#[tokio::test]
async fn the_backlog_names_what_is_due_longest() {
    let test = ModuleTest::new().await;
    let backlog = async || test.module.delivery_backlog().await.unwrap();
    assert_eq!(
        (backlog().await.queued, backlog().await.oldest_seconds),
        (0, 0)
    );
    test.receive(&registered(1, "Ada", "en")).await;
    test.later(Duration::seconds(90)).await;
    test.receive(&registered(2, "Bo", "en")).await;
    let waiting = backlog().await;
    assert_eq!(waiting.queued, 2);
    assert!((90..=100).contains(&waiting.oldest_seconds), "{waiting:?}");
    assert_eq!(waiting.failing_seconds, 0);
    let aside = test.mails.with_extension("aside");
    std::fs::rename(&test.mails, &aside).unwrap();
    test.drain().await;
    test.later(Duration::seconds(5)).await;
    assert!(backlog().await.failing_seconds > 90);
    std::fs::rename(&aside, &test.mails).unwrap();
    test.later(Duration::minutes(1)).await;
    test.drain().await;
    let waiting = backlog().await;
    assert_eq!(
        (
            waiting.queued,
            waiting.oldest_seconds,
            waiting.failing_seconds
        ),
        (0, 0, 0)
    );
}
