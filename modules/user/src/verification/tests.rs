//! Addresses that change.

use chrono::Duration as Span;
use kernel::Fault;

use crate::domain::Purpose;
use crate::tests::{ModuleTest, PASSWORD, operation, registration};

#[tokio::test]
async fn an_address_that_was_never_verified_is_not_kept_from_its_owner() {
    let test = ModuleTest::new().await;
    let mut mallory = registration("mallory");
    mallory.email = "ada@example.org".to_owned();
    let accounts = &test.user.accounts;
    let registered = accounts.register(&operation(), mallory).await;
    registered.expect("registered");
    let tokens = test.log_in("mallory", PASSWORD).await.expect("logged in");
    let caller = test.caller(&tokens).await;
    let verification = &test.user.verification;
    let by = operation();
    let asked = verification.request_change(&by, &caller, "m@new.example");
    asked.await.expect("asked");
    let link = test.link(Purpose::ChangeEmail).await;
    test.open_change(&link).await.expect("changed");
    test.register("ada").await.expect("the owner registers");
    let undo = test.link(Purpose::UndoEmail).await;
    let back = verification.verify(&operation(), &undo, None).await;
    let taken = back.map(drop).expect_err("the address is its owner's");
    assert_eq!(taken.code(), "user.email_taken");
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_agrees_and_the_old_one_can_take_it_back() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let verification = &test.user.verification;
    let link = test.link(Purpose::VerifyEmail).await;
    let verified = verification.verify(&operation(), &link, None).await;
    verified.expect("verified");
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.caller(&tokens).await;
    let asked = test
        .user
        .verification
        .request_change(&operation(), &caller, "Ada@New.example")
        .await;
    asked.expect("asked");
    let me = test.user.accounts.get(caller.user_id).await.expect("me");
    assert_eq!(
        me.email, "ada@example.org",
        "nothing changes before the link is opened"
    );
    let mail = test.email(Purpose::ChangeEmail).await.expect("an email");
    assert_eq!(mail.email, "Ada@new.example", "its name as it was written");
    let link = test.link(Purpose::ChangeEmail).await;
    let alone = test
        .user
        .verification
        .verify(&operation(), &link, None)
        .await;
    assert_eq!(alone.expect_err("no password").code(), "request.invalid");
    let changed = test.open_change(&link).await;
    assert_eq!(changed.expect("changed").email, "Ada@new.example");
    let mail = test
        .email(Purpose::UndoEmail)
        .await
        .expect("the old address is told");
    assert_eq!(mail.email, "ada@example.org");
    let mut squatter = registration("squatter");
    squatter.email = "ada@example.org".to_owned();
    let taken = test.user.accounts.register(&operation(), squatter).await;
    let taken = taken
        .map(drop)
        .expect_err("it may be taken back for a week");
    assert_eq!(taken.code(), "user.email_taken");
    let undo = test.link(Purpose::UndoEmail).await;
    let back = test
        .user
        .verification
        .verify(&operation(), &undo, None)
        .await;
    assert_eq!(back.expect("back").email, "ada@example.org");
    let password = test.log_in("ada", PASSWORD).await;
    assert_eq!(
        password.err().expect("somebody else may know it").code(),
        "auth.password_reset_required"
    );
}

#[tokio::test]
async fn an_address_that_has_an_account_is_not_revealed() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    test.register("bea").await.expect("registered");
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.caller(&tokens).await;
    let asked = test
        .user
        .verification
        .request_change(&operation(), &caller, "bea@example.org")
        .await;
    asked.expect("the same answer");
    let mail = test.email(Purpose::RegisterAgain).await.expect("a token");
    assert!(mail.url.is_none());
}

#[tokio::test]
async fn a_user_sends_emails_of_a_change_to_five_addresses_an_hour() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.caller(&tokens).await;
    let operation = operation().by(caller.user_id);
    for number in 0..6 {
        let email = format!("stranger{number}@example.org");
        let asked = test
            .user
            .verification
            .request_change(&operation, &caller, &email)
            .await;
        match number {
            0..5 => asked.expect("asked"),
            _ => assert_eq!(
                asked.expect_err("too many").code(),
                "auth.email_limit_exceeded"
            ),
        }
    }
    test.clock.advance(Span::minutes(61));
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.caller(&tokens).await;
    test.user
        .verification
        .request_change(&operation, &caller, "later@example.org")
        .await
        .expect("an hour later");
}
