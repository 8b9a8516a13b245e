//! Accounts that are made once, and changed by administrators.

mod registration;

use chrono::Duration as Span;
use kernel::{Expected, Fault, IdempotencyKey, Operation, Role};

use super::request::ChangeUser;
use crate::tests::{
    ModuleTest, PASSWORD, create_first_admin, keyed, new_admin, operation, registration,
};

#[tokio::test]
async fn names_and_addresses_are_unique_without_regard_to_case() {
    let test = ModuleTest::new().await;
    test.register("Ada").await.expect("the first");
    let again = test.register("aDA").await.expect_err("the same name");
    assert_eq!(again.code(), "user.username_taken");
    assert_eq!(again.fields()[0].pointer, "/username");
    let mut other = registration("bea");
    other.email = "ADA@Example.org".to_owned();
    let again = test.user.accounts.register(&operation(), other).await;
    assert_eq!(
        again.expect_err("the same address").fields()[0].pointer,
        "/email"
    );
}

#[tokio::test]
async fn a_repeated_registration_with_one_key_makes_one_account() {
    let test = ModuleTest::new().await;
    let operation = Operation {
        idempotency: Some(IdempotencyKey {
            scope: "anonymous POST /auth/register".to_owned(),
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..operation()
    };
    let first = test
        .register_with(&operation, registration("ada"))
        .await
        .expect("the first");
    let second = test
        .register_with(&operation, registration("ada"))
        .await
        .expect("the replay");
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.value, second.value);
    let mut other = operation.clone();
    if let Some(key) = &mut other.idempotency {
        key.fingerprint = "g".to_owned();
    }
    let mismatch = test
        .user
        .accounts
        .register(&other, registration("bea"))
        .await;
    assert_eq!(
        mismatch.expect_err("another body").code(),
        "idempotency.key_conflict"
    );
}

#[tokio::test]
async fn a_change_of_roles_counts_at_once_and_the_last_admin_stays() {
    let test = ModuleTest::new().await;
    let token = test
        .user
        .setup_token()
        .await
        .expect("asked")
        .expect("no admin yet");
    let wrong = test
        .user
        .accounts
        .create_first_admin(
            &operation(),
            create_first_admin(&"x".to_owned().into(), "eve"),
        )
        .await;
    assert_eq!(
        wrong.expect_err("a wrong token").code(),
        "auth.setup_token_invalid"
    );
    let root = test
        .user
        .accounts
        .create_first_admin(&operation(), create_first_admin(&token, "root"))
        .await
        .expect("set up")
        .value;
    let twice = test
        .user
        .accounts
        .create_first_admin(&operation(), create_first_admin(&token, "eve"))
        .await;
    assert_eq!(twice.expect_err("used").code(), "auth.setup_token_invalid");
    assert!(test.user.setup_token().await.expect("asked").is_none());
    let tokens = test.log_in("root", PASSWORD).await.expect("logged in");
    let verifier = test.verifier();
    verifier.verify(&tokens.access_token).await.expect("good");
    let demote = || ChangeUser {
        roles: Some(vec![Role::Student]),
        disabled: None,
    };
    let last = test
        .user
        .accounts
        .change(&operation(), root.id, &Expected::Any, demote())
        .await;
    assert_eq!(last.expect_err("the last one").code(), "user.last_admin");
    let second = test
        .user
        .create(&operation(), new_admin("second"))
        .await
        .expect("a second admin");
    let stale = Expected::OneOf(vec![7]);
    let stale = test
        .user
        .accounts
        .change(&operation(), root.id, &stale, demote())
        .await;
    assert_eq!(stale.expect_err("stale").code(), "request.version_conflict");
    test.clock.advance(Span::seconds(1));
    test.user
        .accounts
        .change(&operation(), root.id, &Expected::Any, demote())
        .await
        .expect("demoted");
    assert!(
        verifier.verify(&tokens.access_token).await.is_err(),
        "the old token held the old role"
    );
    let next = test
        .user
        .sessions
        .refresh(&operation(), &tokens.refresh_token.into())
        .await;
    let caller = verifier
        .verify(&next.expect("refreshed").access_token)
        .await
        .expect("good");
    assert!(!caller.has(Role::Admin));
    let shut_out = ChangeUser {
        roles: None,
        disabled: Some(true),
    };
    let last = test
        .user
        .accounts
        .change(&operation(), second, &Expected::Any, shut_out)
        .await;
    assert_eq!(last.expect_err("the last one").code(), "user.last_admin");
}

#[tokio::test]
async fn a_repeated_setup_with_one_key_gets_the_first_answer() {
    let test = ModuleTest::new().await;
    let token = test.user.setup_token().await.expect("asked").expect("one");
    let operation = keyed("anonymous POST /auth/setup");
    let mut weak = create_first_admin(&"x".to_owned().into(), "root");
    weak.password = "short".to_owned().into();
    let stranger = test
        .user
        .accounts
        .create_first_admin(&operation, weak)
        .await;
    assert_eq!(
        stranger.expect_err("refused before anything else").code(),
        "auth.setup_token_invalid"
    );
    let first = test
        .user
        .accounts
        .create_first_admin(&operation, create_first_admin(&token, "root"))
        .await
        .expect("the first; the refused one left the key free");
    let second = test
        .user
        .accounts
        .create_first_admin(&operation, create_first_admin(&token, "root"))
        .await
        .expect("the replay");
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.value, second.value);
}

#[tokio::test]
async fn the_operators_accounts_keep_the_rules_for_names_and_addresses() {
    let test = ModuleTest::new().await;
    let mut account = new_admin("ada@example.org");
    account.email = "no address".to_owned();
    let error = test.user.create(&operation(), account).await;
    let fields = error.expect_err("two faults").fields();
    let pointers: Vec<_> = fields.iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, ["/username", "/email"]);
    for name in ["ab", "-ada", "ada.", "a b", "ädä"] {
        let mut account = new_admin(name);
        account.email = "ada@example.org".to_owned();
        let error = test.user.create(&operation(), account).await;
        assert_eq!(error.expect_err(name).fields()[0].pointer, "/username");
    }
    test.user
        .create(&operation(), new_admin("A.d_a-1"))
        .await
        .expect("a good name");
}
