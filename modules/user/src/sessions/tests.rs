//! Sessions and their tokens as time goes by.

mod api_tokens;

use chrono::Duration as Span;
use kernel::Fault;
use testkit::env;

use super::store::{self, Session};
use crate::tests::{ModuleTest, PASSWORD, changing, operation};

#[tokio::test]
async fn a_token_runs_out_and_a_changed_one_never_counts() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let verifier = test.verifier();
    let mut forged = tokens.access_token.clone();
    let last = if forged.ends_with('A') { "B" } else { "A" };
    forged.replace_range(forged.len() - 1.., last);
    // The last character of a 64-byte signature holds padding bits, so change one before it too.
    let middle = forged.len() - 10;
    let other = if &forged[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    forged.replace_range(middle..=middle, other);
    assert!(verifier.verify(&forged).await.is_err());
    let header = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoieCJ9";
    let body = tokens.access_token.split('.').nth(1).expect("a body");
    assert!(verifier.verify(&format!("{header}.{body}.")).await.is_err());
    assert!(verifier.verify(&tokens.access_token).await.is_ok());
    test.clock.advance(Span::seconds(900 + 33));
    assert!(verifier.verify(&tokens.access_token).await.is_err());
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_successor_goes_on() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let first = test.log_in("ada", PASSWORD).await.expect("logged in");
    let second = test
        .user
        .sessions
        .refresh(&operation(), &first.refresh_token.into())
        .await;
    let second = second.expect("the first rotation");
    test.clock.advance(Span::seconds(60));
    let third = test
        .user
        .sessions
        .refresh(&operation(), &second.refresh_token.into())
        .await;
    assert_eq!(
        third.expect("the second rotation").session_id,
        first.session_id
    );
}

#[tokio::test]
async fn a_client_that_lost_the_answer_gets_through() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let first = test.log_in("ada", PASSWORD).await.expect("logged in");
    let token = first.refresh_token.into();
    let lost = test
        .user
        .sessions
        .refresh(&operation(), &token)
        .await
        .expect("answered");
    test.clock.advance(Span::seconds(11));
    let again = test
        .user
        .sessions
        .refresh(&operation(), &token)
        .await
        .expect("asked again");
    assert_eq!(again.refresh_token, lost.refresh_token, "nobody used it");
    // So the tab that has got the first answer goes on, too.
    test.clock.advance(Span::minutes(1));
    let goes_on = test
        .user
        .sessions
        .refresh(&operation(), &lost.refresh_token.into())
        .await;
    let goes_on = goes_on.expect("goes on");
    // Once it was used, whoever comes with the first one is a second holder.
    let dead = test.user.sessions.refresh(&operation(), &token).await;
    assert_eq!(
        dead.err().expect("stolen").code(),
        "auth.refresh_token_invalid"
    );
    let over = test
        .user
        .sessions
        .refresh(&operation(), &goes_on.refresh_token.into())
        .await;
    assert_eq!(
        over.err().expect("ended").code(),
        "auth.refresh_token_invalid"
    );
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_the_session() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let first = test.log_in("ada", PASSWORD).await.expect("logged in");
    let stolen = first.refresh_token.clone().into();
    let second = test
        .user
        .sessions
        .refresh(&operation(), &stolen)
        .await
        .expect("rotated");
    let third = test
        .user
        .sessions
        .refresh(&operation(), &second.refresh_token.into())
        .await;
    let third = third.expect("rotated again");
    test.clock.advance(Span::seconds(60));
    let replay = test.user.sessions.refresh(&operation(), &stolen).await;
    assert_eq!(
        replay.err().expect("a replay").code(),
        "auth.refresh_token_invalid"
    );
    let owner = test
        .user
        .sessions
        .refresh(&operation(), &third.refresh_token.into())
        .await;
    assert_eq!(
        owner.err().expect("ended").code(),
        "auth.refresh_token_invalid"
    );
    assert!(test.verifier().verify(&third.access_token).await.is_err());
    assert_eq!(test.count_published("user.suspicious_login.v1").await, 1);
    assert_eq!(test.count_audited("session.replayed").await, 1);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_its_absolute_age() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let idle = test.log_in("ada", PASSWORD).await.expect("logged in");
    test.clock.advance(Span::days(31));
    let late = test
        .user
        .sessions
        .refresh(&operation(), &idle.refresh_token.into())
        .await;
    assert_eq!(
        late.err().expect("idle").code(),
        "auth.refresh_token_invalid"
    );
    let mut tokens = test.log_in("ada", PASSWORD).await.expect("logged in again");
    for _ in 0..4 {
        test.clock.advance(Span::days(20));
        let next = test
            .user
            .sessions
            .refresh(&operation(), &tokens.refresh_token.into())
            .await;
        tokens = next.expect("within 90 days");
    }
    test.clock.advance(Span::days(11));
    let old = test
        .user
        .sessions
        .refresh(&operation(), &tokens.refresh_token.into())
        .await;
    assert_eq!(
        old.err().expect("91 days old").code(),
        "auth.refresh_token_invalid"
    );
}

#[tokio::test]
async fn logging_out_ends_the_access_token_at_once() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let other = test.log_in("ada", PASSWORD).await.expect("another device");
    let verifier = test.verifier();
    verifier.verify(&tokens.access_token).await.expect("good");
    test.user
        .sessions
        .end(&operation(), id, tokens.session_id)
        .await
        .expect("ended");
    assert!(verifier.verify(&tokens.access_token).await.is_err());
    assert!(verifier.verify(&other.access_token).await.is_ok());
    let again = test
        .user
        .sessions
        .end(&operation(), id, tokens.session_id)
        .await;
    assert_eq!(
        again.expect_err("ended before").code(),
        "user.session_not_found"
    );
    test.user
        .sessions
        .end_all(&operation(), id, None)
        .await
        .expect("all ended");
    assert!(verifier.verify(&other.access_token).await.is_err());
}

fn old_session(test: &ModuleTest, user: kernel::UserId) -> Session {
    let now = kernel::Clock::now(&test.clock);
    Session {
        id: env(&test.clock).id(),
        user_id: user,
        device: "test".to_owned(),
        ip_address: "127.0.0.1".to_owned(),
        created_at: now,
        last_seen_at: now,
        authenticated_at: now,
        expires_at: now + Span::days(90),
        ended_at: None,
    }
}

#[tokio::test]
async fn the_hundred_and_first_session_ends_the_one_unseen_for_the_longest() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    let oldest = old_session(&test, id);
    let db = test.database.for_migrations();
    store::insert(db, &oldest).await.expect("inserted");
    test.clock.advance(Span::seconds(1));
    for _ in 0..99 {
        let session = old_session(&test, id);
        store::insert(db, &session).await.expect("inserted");
    }
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let open = test
        .user
        .sessions
        .list(id, tokens.session_id)
        .await
        .expect("listed");
    assert_eq!(open.len(), 100);
    assert!(open.iter().any(|session| session.id == tokens.session_id));
    assert!(!open.iter().any(|session| session.id == oldest.id));
}

#[tokio::test]
async fn what_a_clock_ahead_has_dated_leaves_nobody_with_tokens_that_do_not_count() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    test.clock.advance(Span::days(1));
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.caller(&before).await;
    let old = PASSWORD.to_owned().into();
    let new = "another horse staple".to_owned();
    let change = changing(&old, &new.clone().into());
    let operation_of_change = operation();
    let changed = test
        .user
        .credentials
        .change_password(&operation_of_change, &caller, change);
    changed.await.expect("changed");

    test.clock.advance(Span::days(-1));
    assert!(test.verifier().verify(&before.access_token).await.is_err());
    let tokens = test.log_in("ada", &new).await.expect("logged in");
    assert_eq!(test.caller(&tokens).await.user_id, caller.user_id);
    let refreshed = test
        .user
        .sessions
        .refresh(&operation(), &tokens.refresh_token.into())
        .await
        .expect("refreshed");
    assert_eq!(test.caller(&refreshed).await.user_id, caller.user_id);
}
