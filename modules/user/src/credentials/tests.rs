//! Logging in with a password.

mod passwords;
mod throttle;

use std::time::Duration;

use chrono::Duration as Span;
use kernel::{Fault, Role};

use crate::tests::{ModuleTest, PASSWORD, operation, registration};

#[tokio::test]
async fn a_password_must_be_long_and_hard_to_guess_and_all_faults_are_reported_at_once() {
    let test = ModuleTest::new().await;
    for (password, code) in [
        ("short", "password_length"),
        ("password1234", "password_guessable"),
        ("adaadaadaada", "password_guessable"),
        ("ada-2026-2026-", "password_guessable"),
        ("ada-ada-ada-ada-1", "password_guessable"),
        ("ada is my name", "password_guessable"),
        ("ada is my name, gopro", "password_guessable"),
        ("ada-qP7-ada", "password_length"),
        ("ada-qP7-ada-xV2", "password_guessable"),
        ("ada@example.org!", "password_guessable"),
    ] {
        let mut wanted = registration("ada");
        wanted.password = password.to_owned().into();
        wanted.time_zone = Some("Mars/Olympus".to_owned());
        let error = test.user.accounts.register(&operation(), wanted).await;
        let fields = error.expect_err(password).fields();
        let codes: Vec<_> = fields.iter().map(|field| field.code.as_str()).collect();
        assert_eq!(codes, ["time_zone", code]);
    }
}

#[tokio::test]
async fn a_login_by_name_or_address_gives_a_token_that_counts() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    test.clock.advance(Span::seconds(2));
    for login in ["ada", "ADA", "Ada@Example.ORG"] {
        let tokens = test.log_in(login, PASSWORD).await.expect(login);
        let caller = test
            .verifier()
            .verify(&tokens.access_token)
            .await
            .expect("a good token");
        assert_eq!(caller.user_id, id);
        assert!(caller.has(Role::Student) && !caller.has(Role::Admin));
    }
}

#[tokio::test]
async fn failed_logins_are_slowed_down_for_known_and_unknown_names_alike() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    for name in ["ada", "nobody"] {
        for _ in 0..6 {
            let error = test
                .log_in(name, "wrong wrong wrong")
                .await
                .err()
                .expect("wrong");
            assert_eq!(error.code(), "auth.credentials_invalid");
        }
        let error = test.log_in(name, PASSWORD).await.err().expect("delayed");
        assert_eq!(error.code(), "auth.too_many_attempts");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    }
    test.clock.advance(Span::seconds(2));
    test.log_in("ada", PASSWORD)
        .await
        .expect("the owner gets in after the wait");
}
