//! The key ring: pending, active, retired, removed.

use std::time::Duration;

use chrono::Duration as Span;
use testkit::ambient;

use super::{PASSWORD, Room, operation, settings, verifying};
use crate::{KeyState, User};

async fn states(room: &Room) -> Vec<KeyState> {
    let keys = room.user.keys().await.expect("the keys");
    keys.iter().map(|key| key.state).collect()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_nobody_is_logged_out() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let before = room.log_in("ada", PASSWORD).await.expect("logged in");
    assert_eq!(states(&room).await, [KeyState::Active]);
    let new = room.user.rotate_keys(&operation(), false).await;
    let new = new.expect("rotated").key_id;
    assert_eq!(states(&room).await, [KeyState::Pending, KeyState::Active]);
    assert!(verifying(&room.user).await.contains(&new));
    assert_ne!(
        key_id(&room, "ada").await,
        new,
        "a pending key signs nothing"
    );
    room.clock.advance(Span::minutes(10));
    assert_eq!(states(&room).await, [KeyState::Active, KeyState::Retired]);
    assert_eq!(key_id(&room, "ada").await, new);
    let verified = room.verifier().verify(&before.access_token).await;
    verified.expect("a token of the old key counts until it runs out");
    room.clock.advance(Span::minutes(17));
    assert_eq!(states(&room).await, [KeyState::Active, KeyState::Removed]);
    assert_eq!(verifying(&room.user).await.len(), 1);
}

#[tokio::test]
async fn in_an_emergency_no_token_of_an_older_key_counts() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let before = room.log_in("ada", PASSWORD).await.expect("logged in");
    room.clock.advance(Span::seconds(1));
    let rotated = room.user.rotate_keys(&operation(), true).await;
    rotated.expect("rotated");
    assert_eq!(states(&room).await, [KeyState::Active, KeyState::Removed]);
    assert!(room.verifier().verify(&before.access_token).await.is_err());
    let next = room
        .service()
        .refresh(&operation(), &before.refresh_token.into())
        .await
        .expect("the session goes on");
    assert!(room.verifier().verify(&next.access_token).await.is_ok());
}

#[tokio::test]
async fn an_old_key_is_replaced_by_the_schedule_once_on_all_instances() {
    let mut settings = settings();
    settings.key_rotation = Some(Duration::from_secs(90 * 24 * 3600));
    let room = Room::with(settings.clone()).await;
    let other = User::new(room.database.clone(), ambient(&room.clock), settings).await;
    let other = other.expect("another instance");
    assert!(!room.user.tend_keys().await.expect("young"));
    room.clock.advance(Span::days(91));
    let (here, there) = tokio::join!(room.user.tend_keys(), other.tend_keys());
    assert!(
        here.expect("tended") != there.expect("tended"),
        "one of the two rotates"
    );
    assert_eq!(states(&room).await, [KeyState::Pending, KeyState::Active]);
    for instance in [&room.user, &other] {
        assert!(!instance.tend_keys().await.expect("done"));
    }
    assert_eq!(verifying(&room.user).await, verifying(&other).await);
}

async fn key_id(room: &Room, name: &str) -> String {
    use base64::Engine;
    let tokens = room.log_in(name, PASSWORD).await.expect("logged in");
    let header = tokens.access_token.split('.').next().expect("a header");
    let header = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(header);
    let header: serde_json::Value =
        serde_json::from_slice(&header.expect("base64url")).expect("JSON");
    header["kid"].as_str().expect("a kid").to_owned()
}
