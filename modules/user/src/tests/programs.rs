//! API tokens.

use chrono::Duration as Span;
use kernel::{Expected, Fault};
use rest::Caller;

use super::{PASSWORD, Room, operation};
use crate::service::{AdminChange, NewApiToken};

async fn caller(room: &Room) -> Caller {
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    room.caller(&tokens).await
}

fn wanted(days: i64) -> NewApiToken {
    NewApiToken {
        name: "dashboard".to_owned(),
        scopes: vec!["progress:read".to_owned(), "courses:read".to_owned()],
        days,
    }
}

async fn made(room: &Room, caller: &Caller, days: i64) -> (kernel::ApiTokenId, String) {
    let made = room
        .service()
        .create_api_token(&operation(), caller, wanted(days))
        .await
        .expect("made")
        .value;
    (made.id, made.token.expect("the secret, this once"))
}

#[tokio::test]
async fn a_token_shows_its_owner_with_its_scopes_until_it_is_deleted() {
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("registered");
    let owner = caller(&room).await;
    let (id, secret) = made(&room, &owner, 30).await;
    assert!(secret.starts_with("gopro_pat_"));
    let shown = room.verifier().verify(&secret).await.expect("it counts");
    assert_eq!(shown.user_id, ada);
    assert_eq!(shown.scope, "courses:read progress:read");
    let listed = room.service().api_tokens(ada).await.expect("listed");
    assert!(listed[0].token.is_none() && listed[0].last_used_at.is_some());
    let again = room.service().delete_api_token(&operation(), ada, id).await;
    again.expect("deleted");
    assert!(room.verifier().verify(&secret).await.is_err());
    let twice = room.service().delete_api_token(&operation(), ada, id).await;
    assert_eq!(twice.expect_err("gone").code(), "auth.api_token_not_found");
}

#[tokio::test]
async fn a_deleted_token_counts_no_longer_where_it_was_just_used() {
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("registered");
    let owner = caller(&room).await;
    let (id, secret) = made(&room, &owner, 30).await;
    let verifier = room.verifier();
    verifier.verify(&secret).await.expect("it counts");
    let deleted = room.service().delete_api_token(&operation(), ada, id).await;
    deleted.expect("deleted");
    assert!(verifier.verify(&secret).await.is_err());
}

#[tokio::test]
async fn a_token_runs_out_and_does_not_outlive_its_owners_rights() {
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("registered");
    let owner = caller(&room).await;
    let (_, short) = made(&room, &owner, 1).await;
    let (_, long) = made(&room, &owner, 90).await;
    room.clock.advance(Span::days(2));
    assert!(room.verifier().verify(&short).await.is_err());
    room.verifier().verify(&long).await.expect("it counts");
    let change = AdminChange {
        disabled: Some(true),
        ..AdminChange::default()
    };
    let changed = room
        .service()
        .change(&operation(), ada, &Expected::Any, change)
        .await;
    changed.expect("shut out");
    assert!(room.verifier().verify(&long).await.is_err());
}

#[tokio::test]
async fn guessed_and_cut_tokens_do_not_count() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let owner = caller(&room).await;
    let (_, secret) = made(&room, &owner, 30).await;
    for wrong in [
        secret[..secret.len() - 1].to_owned(),
        format!("{secret}A"),
        secret.to_lowercase(),
        "gopro_pat_".to_owned(),
        format!("gopro_pat_{}", "A".repeat(43)),
    ] {
        assert!(room.verifier().verify(&wrong).await.is_err(), "{wrong}");
    }
}
