//! The key ring: pending, active, retired, removed.

use std::time::Duration;

use chrono::Duration as Span;
use kernel::SecretString;
use testkit::env;

use crate::domain::Purpose;
use crate::mfa::tests::{answer, challenged, enrolled};
use crate::tests::{ModuleTest, PASSWORD, credentials, operation, settings};
use crate::{AuditVerification, KeyState, User};

/// The ids of the keys whose signatures count.
async fn verifying(user: &User) -> Vec<String> {
    let keys = user.api().verifying_keys().await.expect("keys");
    keys.into_iter().map(|key| key.key_id).collect()
}

#[tokio::test]
async fn the_wrong_master_key_is_reported_and_the_right_one_keeps_the_keys() {
    let test = ModuleTest::new().await;
    let keys = verifying(&test.user).await;
    let same = User::new(test.database.clone(), env(&test.clock), settings()).await;
    assert_eq!(verifying(&same.expect("the same key")).await, keys);
    let mut other = settings();
    other.master_key = "another master key of 32 letters".to_owned().into();
    let error = User::new(test.database.clone(), env(&test.clock), other).await;
    assert!(
        error
            .err()
            .expect("refused")
            .to_string()
            .contains("master key")
    );
}

async fn states(test: &ModuleTest) -> Vec<KeyState> {
    let keys = test.user.keys().await.expect("the keys");
    keys.iter().map(|key| key.state).collect()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_nobody_is_logged_out() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    assert_eq!(states(&test).await, [KeyState::Active]);
    let new = test.user.rotate_keys(&operation(), false).await;
    let new = new.expect("rotated").key_id;
    assert_eq!(states(&test).await, [KeyState::Pending, KeyState::Active]);
    assert!(verifying(&test.user).await.contains(&new));
    assert_ne!(
        key_id(&test, "ada").await,
        new,
        "a pending key signs nothing"
    );
    test.clock.advance(Span::minutes(10));
    assert_eq!(states(&test).await, [KeyState::Active, KeyState::Retired]);
    assert_eq!(key_id(&test, "ada").await, new);
    let verified = test.verifier().verify(&before.access_token).await;
    verified.expect("a token of the old key counts until it runs out");
    test.clock.advance(Span::minutes(17));
    assert_eq!(states(&test).await, [KeyState::Active, KeyState::Removed]);
    assert_eq!(verifying(&test.user).await.len(), 1);
}

#[tokio::test]
async fn in_an_emergency_no_token_of_an_older_key_counts() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    test.clock.advance(Span::seconds(1));
    let rotated = test.user.rotate_keys(&operation(), true).await;
    rotated.expect("rotated");
    assert_eq!(states(&test).await, [KeyState::Active, KeyState::Removed]);
    assert!(test.verifier().verify(&before.access_token).await.is_err());
    let next = test
        .user
        .sessions
        .refresh(&operation(), &before.refresh_token.into())
        .await
        .expect("the session goes on");
    assert!(test.verifier().verify(&next.access_token).await.is_ok());
}

#[tokio::test]
async fn keys_are_listed_as_they_sign_after_an_emergency_that_overtook_a_rotation() {
    let test = ModuleTest::new().await;
    test.user
        .rotate_keys(&operation(), false)
        .await
        .expect("rotated");
    test.clock.advance(Span::seconds(5));
    test.user
        .rotate_keys(&operation(), true)
        .await
        .expect("rotated");
    let now = env(&test.clock).now();
    let keys = test.user.keys().await.expect("keys");
    assert_eq!(keys[0].state, KeyState::Active);
    assert!(keys[0].activates_at <= now, "it signs already: {keys:?}");
    for key in &keys[1..] {
        assert_eq!(key.state, KeyState::Removed);
        assert!(key.retires_at <= key.removed_at, "{key:?}");
    }
}

#[tokio::test]
async fn an_instance_whose_clock_is_behind_signs_with_a_key_made_minutes_before() {
    let test = ModuleTest::new().await;
    test.clock.advance(Span::minutes(-10));
    test.register("ada").await.expect("registered");
    let user = User::new(test.database.clone(), env(&test.clock), settings()).await;
    user.expect("another instance");
    assert_eq!(states(&test).await, [KeyState::Active]);
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let verified = test.verifier().verify(&tokens.access_token).await;
    verified.expect("its own clock agrees");
}

#[tokio::test]
async fn an_emergency_counts_where_a_clock_is_behind() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    test.user
        .rotate_keys(&operation(), false)
        .await
        .expect("rotated");
    test.clock.advance(Span::minutes(-10));
    let rotated = test.user.rotate_keys(&operation(), true).await;
    let new = rotated.expect("rotated").key_id;
    assert!(test.verifier().verify(&before.access_token).await.is_err());
    assert_eq!(verifying(&test.user).await, std::slice::from_ref(&new));
    assert_eq!(key_id(&test, "ada").await, new);
    assert_eq!(
        states(&test).await[0],
        KeyState::Active,
        "the new one comes first"
    );
}

#[tokio::test]
async fn an_old_key_is_replaced_by_the_schedule_once_on_all_instances() {
    let mut settings = settings();
    settings.key_rotation = Some(Duration::from_secs(90 * 24 * 3600));
    let test = ModuleTest::with(settings.clone()).await;
    let other = User::new(test.database.clone(), env(&test.clock), settings).await;
    let other = other.expect("another instance");
    assert!(!test.user.rotate_due_keys().await.expect("young"));
    test.clock.advance(Span::days(91));
    let (here, there) = tokio::join!(test.user.rotate_due_keys(), other.rotate_due_keys());
    assert!(
        here.expect("tended") != there.expect("tended"),
        "one of the two rotates"
    );
    assert_eq!(states(&test).await, [KeyState::Pending, KeyState::Active]);
    for instance in [&test.user, &other] {
        assert!(!instance.rotate_due_keys().await.expect("done"));
    }
    assert_eq!(verifying(&test.user).await, verifying(&other).await);
}

async fn key_id(test: &ModuleTest, name: &str) -> String {
    use base64::Engine;
    let tokens = test.log_in(name, PASSWORD).await.expect("logged in");
    let header = tokens.access_token.split('.').next().expect("a header");
    let header = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(header);
    let header: serde_json::Value =
        serde_json::from_slice(&header.expect("base64url")).expect("JSON");
    header["kid"].as_str().expect("a kid").to_owned()
}

#[tokio::test]
async fn a_replaced_master_key_opens_everything_and_the_old_one_nothing() {
    let mut test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let link = test.link(Purpose::VerifyEmail).await;
    let (phone, _) = enrolled(&test).await;
    let keys = verifying(&test.user).await;
    let next: SecretString = "the master key that follows".to_owned().into();
    let op = operation();
    let replaced = test.user.replace_master_key(&op, next.clone()).await;
    replaced.expect("replaced");

    let (body, client) = credentials("ada", "a wrong password of a guess");
    let stale = test.user.credentials.log_in(&op, body, client).await;
    let stale = stale.err().expect("this process has the old key");
    assert!(stale.to_string().contains("another master key"), "{stale}");
    let old = User::new(test.database.clone(), env(&test.clock), settings()).await;
    let old = old.err().expect("the old key opens nothing");
    assert!(old.to_string().contains("another master key"), "{old}");

    let mut settings = settings();
    settings.master_key = next;
    let user = User::new(test.database.clone(), env(&test.clock), settings).await;
    test.user = user.expect("the next key opens everything");
    assert_eq!(verifying(&test.user).await, keys);
    let log = test.user.verify_audit().await.expect("the log");
    assert!(matches!(log, AuditVerification::Whole { .. }), "{log:?}");
    assert_eq!(test.count_audited("master_key.replaced").await, 1);
    let token = challenged(&test).await;
    let answered = answer(&test, &token, &phone.code(&test)).await;
    answered.expect("the authenticator is as it was");
    let sent = kernel::ExposeSecret::expose_secret(&link).to_owned();
    let unsent = test.link(Purpose::VerifyEmail).await;
    assert_eq!(kernel::ExposeSecret::expose_secret(&unsent), sent);
    let verified = test.user.verification.verify(&op, &link, None).await;
    verified.expect("a link that was sent works on");
}

#[tokio::test]
async fn a_process_that_missed_the_new_master_key_heeds_an_emergency_all_the_same() {
    let test = ModuleTest::new().await;
    let keys = verifying(&test.user).await;
    let op = operation();
    let mut settings = settings();
    settings.master_key = "the master key that follows".to_owned().into();
    let replaced = test
        .user
        .replace_master_key(&op, settings.master_key.clone());
    replaced.await.expect("replaced");
    let next = User::new(test.database.clone(), env(&test.clock), settings).await;
    let next = next.expect("the next key opens everything");
    let new = next.rotate_keys(&op, true).await.expect("rotated").key_id;
    let stale = test.user.rotate_due_keys().await.err();
    let stale = stale.expect("the new key does not open here");
    assert!(stale.to_string().contains("another master key"), "{stale}");
    assert_eq!(verifying(&test.user).await, [new]);
    assert!(!keys.is_empty());
}

#[tokio::test]
async fn credentials_are_signed_with_keys_of_their_own_that_only_an_emergency_replaces() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let api = test.user.api();
    let issuer = settings().token.issuer;
    let claims = serde_json::json!({
        "type": ["VerifiableCredential", "OpenBadgeCredential"], "iss": issuer,
        "sub": "https://learn.example.org/x#holder",
    });
    let first = api.credential_keys().await.expect("keys");
    assert_eq!(first.len(), 1);
    assert!(first[0].key_id.contains("/.well-known/jwks.json#"));
    let signed = api.sign_credential(&claims.to_string()).await;
    let signed = signed.expect("a credential");
    assert!(
        test.verifier().verify(&signed).await.is_err(),
        "it opens nothing"
    );
    let tokens = verifying(&test.user).await;
    assert!(
        tokens
            .iter()
            .all(|key| !first[0].key_id.ends_with(key.as_str()))
    );
    // Nothing but a credential of this installation is signed.
    let mut access = claims.clone();
    access["aud"] = "gopro".into();
    let mut foreign = claims.clone();
    foreign["iss"] = "https://elsewhere.example.org".into();
    let mut other = claims.clone();
    other["type"] = serde_json::json!(["AccessToken"]);
    let long = serde_json::json!({ "x": "x".repeat(70_000) });
    for wrong in [access, foreign, other, long, serde_json::json!([1])] {
        let refused = api.sign_credential(&wrong.to_string()).await;
        assert!(refused.is_err(), "{wrong}");
    }
    test.user
        .rotate_keys(&operation(), false)
        .await
        .expect("rotated");
    assert_eq!(api.credential_keys().await.expect("keys"), first);
    test.clock.advance(Span::minutes(1));
    test.user
        .rotate_keys(&operation(), true)
        .await
        .expect("rotated");
    let second = api.credential_keys().await.expect("keys");
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);
}
