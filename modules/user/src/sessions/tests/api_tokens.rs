//! API tokens.

use chrono::Duration as Span;
use kernel::Caller;
use kernel::{Expected, Fault};

use super::super::request::CreateApiToken;
use crate::accounts::ChangeUser;
use crate::tests::{ModuleTest, PASSWORD, operation};

async fn caller(test: &ModuleTest) -> Caller {
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    test.caller(&tokens).await
}

fn wanted(days: i64) -> CreateApiToken {
    CreateApiToken {
        name: "dashboard".to_owned(),
        scopes: vec!["progress:read".to_owned(), "courses:read".to_owned()],
        expires_in_days: days,
    }
}

async fn made(test: &ModuleTest, caller: &Caller, days: i64) -> (kernel::ApiTokenId, String) {
    let made = test
        .user
        .sessions
        .create_api_token(&operation(), caller, wanted(days))
        .await
        .expect("made")
        .value;
    (made.id, made.token.expect("the secret, this once"))
}

#[tokio::test]
async fn a_token_shows_its_owner_with_its_scopes_until_it_is_deleted() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("registered");
    let owner = caller(&test).await;
    let (id, secret) = made(&test, &owner, 30).await;
    assert!(secret.starts_with("gopro_pat_"));
    let shown = test.verifier().verify(&secret).await.expect("it counts");
    assert_eq!(shown.user_id, ada);
    assert_eq!(shown.scope, "courses:read progress:read");
    let listed = test
        .user
        .sessions
        .list_api_tokens(ada)
        .await
        .expect("listed");
    assert!(listed[0].token.is_none() && listed[0].last_used_at.is_some());
    let again = test
        .user
        .sessions
        .delete_api_token(&operation(), ada, id)
        .await;
    again.expect("deleted");
    assert!(test.verifier().verify(&secret).await.is_err());
    let twice = test
        .user
        .sessions
        .delete_api_token(&operation(), ada, id)
        .await;
    assert_eq!(twice.expect_err("gone").code(), "user.api_token_not_found");
}

#[tokio::test]
async fn a_deleted_token_counts_no_longer_where_it_was_just_used() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("registered");
    let owner = caller(&test).await;
    let (id, secret) = made(&test, &owner, 30).await;
    let verifier = test.verifier();
    verifier.verify(&secret).await.expect("it counts");
    let deleted = test
        .user
        .sessions
        .delete_api_token(&operation(), ada, id)
        .await;
    deleted.expect("deleted");
    assert!(verifier.verify(&secret).await.is_err());
}

#[tokio::test]
async fn a_token_runs_out_and_does_not_outlive_its_owners_rights() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("registered");
    let owner = caller(&test).await;
    let (_, short) = made(&test, &owner, 1).await;
    let (_, long) = made(&test, &owner, 90).await;
    test.clock.advance(Span::days(2));
    assert!(test.verifier().verify(&short).await.is_err());
    test.verifier().verify(&long).await.expect("it counts");
    let change = ChangeUser {
        disabled: Some(true),
        ..ChangeUser::default()
    };
    let changed = test
        .user
        .accounts
        .change(&operation(), ada, &Expected::Any, change)
        .await;
    changed.expect("disabled");
    assert!(test.verifier().verify(&long).await.is_err());
}

#[tokio::test]
async fn guessed_and_cut_tokens_do_not_count() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let owner = caller(&test).await;
    let (_, secret) = made(&test, &owner, 30).await;
    for wrong in [
        secret[..secret.len() - 1].to_owned(),
        format!("{secret}A"),
        secret.to_lowercase(),
        "gopro_pat_".to_owned(),
        format!("gopro_pat_{}", "A".repeat(43)),
    ] {
        assert!(test.verifier().verify(&wrong).await.is_err(), "{wrong}");
    }
}
