//! What somebody can do who had an account in their hands, and how its owner gets it back.

use chrono::Duration as Span;
use kernel::{ExposeSecret, Fault, Role, SecretString};

use super::{ModuleTest, PASSWORD, changing, operation};
use crate::accounts::ChangeUser;
use crate::domain::Purpose;
use crate::mfa::Again;
use crate::mfa::tests::{Phone, answer, challenged, enrolled};
use crate::sessions::CreateApiToken;

/// A stranger with the password moves the account to an address of theirs.
async fn taken_over(test: &ModuleTest) -> kernel::Caller {
    let op = operation();
    test.register("ada").await.expect("registered");
    let thief = test.caller_named("ada").await;
    let asked = test
        .user
        .verification
        .request_change(&op, &thief, "eve@example.org")
        .await;
    asked.expect("asked");
    let link = test.link(Purpose::ChangeEmail).await;
    let moved = test.open_change(&link).await;
    moved.expect("moved");
    test.caller_named("ada").await
}

#[tokio::test]
async fn the_undo_of_an_address_takes_away_what_was_added_since_then() {
    let test = ModuleTest::new().await;
    let op = operation();
    let thief = taken_over(&test).await;
    test.clock.advance(Span::minutes(1));
    let wanted = CreateApiToken {
        name: "mine".to_owned(),
        scopes: vec!["profile:read".to_owned()],
        expires_in_days: 30,
    };
    let token = test.user.sessions.create_api_token(&op, &thief, wanted);
    let token = token.await.expect("made").value.token.expect("a secret");
    let enrollment = test.user.mfa.enroll(&thief).await.expect("begun");
    let code = Phone::new(&enrollment.secret).code(&test);
    let confirmed = test.user.mfa.confirm(&op, &thief, &code);
    confirmed.await.expect("confirmed");

    let undo = test.link(Purpose::UndoEmail).await;
    let back = test.user.verification.verify(&op, &undo, None).await;
    assert_eq!(back.expect("back").email, "ada@example.org");
    let exchanged = test.user.sessions.exchange_api_token(&token.into()).await;
    assert_eq!(exchanged.expect("an answer"), None);
    // The way to a new password came by itself.
    let link = test.link(Purpose::ResetPassword).await;
    let new: SecretString = "another horse battery staple".to_owned().into();
    let reset = test.user.credentials.reset(&op, &link, &new);
    reset.await.expect("reset");
    test.log_in("ada", new.expose_secret())
        .await
        .expect("no code of a stranger's phone is asked for");
}

#[tokio::test]
async fn the_undo_of_an_address_calls_an_erasure_off() {
    let test = ModuleTest::new().await;
    let op = operation();
    let thief = taken_over(&test).await;
    let erasing = test.user.privacy.erase(&op, &thief, thief.user_id);
    erasing.await.expect("begun");
    test.clock.advance(Span::hours(71));
    let undo = test.link(Purpose::UndoEmail).await;
    let back = test.user.verification.verify(&op, &undo, None).await;
    back.expect("back");
    test.clock.advance(Span::hours(5));
    test.user.run_due_sagas().await.expect("tended");
    assert_eq!(test.count_published("user.erasure_requested.v1").await, 0);
    let waits = test.log_in("ada", PASSWORD).await.err().expect("a reset");
    assert_eq!(waits.code(), "auth.password_reset_required");
    assert_eq!(test.count_audited("erasure.undone").await, 1);
}

#[tokio::test]
async fn an_erasure_waits_as_long_as_the_old_address_can_take_its_change_back() {
    let test = ModuleTest::new().await;
    let op = operation();
    let thief = taken_over(&test).await;
    let erasing = test.user.privacy.erase(&op, &thief, thief.user_id);
    erasing.await.expect("begun");
    test.clock.advance(Span::hours(7 * 24 - 1));
    test.user.run_due_sagas().await.expect("tended");
    assert_eq!(test.count_published("user.erasure_requested.v1").await, 0);
    let undo = test.link(Purpose::UndoEmail).await;
    let back = test.user.verification.verify(&op, &undo, None).await;
    assert_eq!(back.expect("back").email, "ada@example.org");
}

#[tokio::test]
async fn the_number_of_emails_to_an_address_does_not_reveal_an_account() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("registered");
    test.register("bea").await.expect("registered");
    for _ in 0..6 {
        for email in ["bea@example.org", "nobody@example.org"] {
            let forgot = test.user.credentials.request_reset(&op, email);
            forgot.await.expect("answered");
        }
    }
    let ada = test.caller_named("ada").await;
    for email in ["bea@example.org", "nobody@example.org"] {
        for _ in 0..6 {
            let asked = &test.user;
            let asked = asked.verification.request_change(&op, &ada, email).await;
            asked.expect("the same answer, however often");
        }
    }
}

#[tokio::test]
async fn an_administrator_shows_lately_who_they_are_before_rights_change() {
    let test = ModuleTest::new().await;
    let op = operation();
    let ada = test.register("ada").await.expect("registered");
    let root = test.user.create(&op, super::new_admin("root"));
    root.await.expect("an administrator");
    let root = test.caller_named("root").await;
    test.clock.advance(Span::minutes(11));
    let change = ChangeUser {
        roles: Some(vec![Role::Admin]),
        disabled: None,
    };
    let any = kernel::Expected::Any;
    let changed = &test.user;
    let changed = changed
        .accounts
        .change_as(&op, &root, ada, &any, change)
        .await;
    assert_eq!(changed.expect_err("late").code(), "auth.step_up_required");
    let reset = test.user.credentials.start_reset(&op, &root, ada).await;
    assert_eq!(reset.expect_err("late").code(), "auth.step_up_required");
}

#[tokio::test]
async fn who_has_a_second_factor_shows_it_before_the_password_changes() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&test).await;
    let token = challenged(&test).await;
    let tokens = answer(&test, &token, &phone.code(&test)).await.expect("in");
    let caller = test.caller(&tokens).await;
    test.clock.advance(Span::minutes(11));
    let old: SecretString = PASSWORD.to_owned().into();
    let new: SecretString = "another horse battery staple".to_owned().into();
    let change = test
        .user
        .credentials
        .change_password(&op, &caller, changing(&old, &new));
    let late = change.await.expect_err("a password alone");
    assert_eq!(late.code(), "auth.step_up_required");
    let again = Again::Code(phone.code(&test));
    let shown = test.user.mfa.step_up(&op, &caller, again).await;
    shown.expect("shown");
    let change = test
        .user
        .credentials
        .change_password(&op, &caller, changing(&old, &new));
    change.await.expect("changed");
}

#[tokio::test]
async fn a_right_password_costs_no_wait_for_the_code_that_follows() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&test).await;
    for _ in 0..5 {
        let wrong = test.log_in("ada", "wrong wrong wrong").await;
        assert_eq!(
            wrong.err().expect("wrong").code(),
            "auth.credentials_invalid"
        );
    }
    let token = challenged(&test).await;
    answer(&test, &token, &phone.code(&test))
        .await
        .expect("at once");
}

#[tokio::test]
async fn the_undo_of_an_address_takes_away_a_factor_that_was_begun_before_and_confirmed_after() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("registered");
    let verify = test.link(Purpose::VerifyEmail).await;
    test.user
        .verification
        .verify(&op, &verify, None)
        .await
        .expect("hers");
    let thief = test.caller_named("ada").await;
    let enrollment = test.user.mfa.enroll(&thief).await.expect("begun");
    test.clock.advance(Span::minutes(1));
    let asked = &test.user;
    let asked = asked
        .verification
        .request_change(&op, &thief, "eve@example.org");
    asked.await.expect("asked");
    let link = test.link(Purpose::ChangeEmail).await;
    test.open_change(&link).await.expect("moved");
    test.clock.advance(Span::minutes(1));
    let code = Phone::new(&enrollment.secret).code(&test);
    let confirmed = test.user.mfa.confirm(&op, &thief, &code);
    confirmed.await.expect("confirmed");
    undone_and_reset(&test).await;
}

/// The old address takes the account back, and no factor is required.
async fn undone_and_reset(test: &ModuleTest) {
    let op = operation();
    let undo = test.link(Purpose::UndoEmail).await;
    test.user
        .verification
        .verify(&op, &undo, None)
        .await
        .expect("back");
    let link = test.link(Purpose::ResetPassword).await;
    let new: SecretString = "another horse battery staple".to_owned().into();
    let reset = test.user.credentials.reset(&op, &link, &new);
    reset.await.expect("reset");
    test.log_in("ada", new.expose_secret())
        .await
        .expect("no code of a stranger's phone is asked for");
}

#[tokio::test]
async fn the_undo_by_an_address_that_was_never_verified_takes_every_factor_away() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("by a stranger");
    let (phone, _) = enrolled(&test).await;
    let owed = challenged(&test).await;
    test.clock.advance(Span::minutes(1));
    let tokens = answer(&test, &owed, &phone.code(&test)).await.expect("in");
    let stranger = test.caller(&tokens).await;
    let asked = &test.user;
    let asked = asked
        .verification
        .request_change(&op, &stranger, "eve@example.org");
    asked.await.expect("asked");
    let link = test.link(Purpose::ChangeEmail).await;
    test.open_change(&link).await.expect("moved");
    test.clock.advance(Span::minutes(1));
    undone_and_reset(&test).await;
}

#[tokio::test]
async fn a_factor_older_than_the_first_proof_of_the_address_ends_with_the_first_reset() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("by a stranger");
    enrolled(&test).await;
    let link = test.link(Purpose::VerifyEmail).await;
    let opened = test.user.verification.verify(&op, &link, None).await;
    opened.expect("by the owner of the address");
    let forgot = test.user.credentials.request_reset(&op, "ada@example.org");
    forgot.await.expect("asked");
    let link = test.link(Purpose::ResetPassword).await;
    let new: SecretString = "another horse battery staple".to_owned().into();
    let reset = test.user.credentials.reset(&op, &link, &new);
    reset.await.expect("reset");
    test.log_in("ada", new.expose_secret())
        .await
        .expect("no code of a stranger's phone is asked for");
}

#[tokio::test]
async fn changes_of_address_are_counted_alike_once_an_address_has_got_its_emails() {
    let mut strict = super::settings();
    strict.registration = crate::domain::RegistrationMode::Verified;
    let test = ModuleTest::with(strict).await;
    let op = operation();
    for name in ["ada", "bea", "eve"] {
        let made = test.user.create(&op, super::new_admin(name)).await;
        made.expect("made");
    }
    let mut answers = Vec::new();
    for (name, email) in [("ada", "bea@example.org"), ("eve", "free@example.org")] {
        for _ in 0..5 {
            let mut wanted = super::registration("newcomer");
            wanted.email = email.to_owned();
            let asked = test.user.accounts.register(&op, wanted).await;
            asked.expect("the same answer");
        }
        let caller = test.caller_named(name).await;
        let op = op.by(caller.user_id);
        let mut codes = Vec::new();
        for _ in 0..8 {
            let asked = &test.user;
            let asked = asked.verification.request_change(&op, &caller, email).await;
            codes.push(asked.err().map(|error| error.code().to_owned()));
        }
        answers.push(codes);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][5].as_deref(), Some("auth.email_limit_exceeded"));
}

/// Registers with the address of somebody else, who opens the email; then enables a factor, and
/// the owner of the address requests a new password.
async fn factor_of_a_stranger_after_the_email(test: &ModuleTest, purpose: Purpose) {
    let op = operation();
    let link = test.link(purpose).await;
    let opened = test.user.verification.verify(&op, &link, None).await;
    opened.expect("by the owner of the address");
    test.clock.advance(Span::minutes(1));
    enrolled(test).await;
    let forgot = test.user.credentials.request_reset(&op, "ada@example.org");
    forgot.await.expect("asked");
    let link = test.link(Purpose::ResetPassword).await;
    let new: SecretString = "another horse battery staple".to_owned().into();
    let reset = test.user.credentials.reset(&op, &link, &new).await;
    assert!(
        reset.expect("reset").second_factor_ended,
        "the answer says so"
    );
    test.log_in("ada", new.expose_secret())
        .await
        .expect("no code of a stranger's phone is asked for");
}

#[tokio::test]
async fn a_factor_that_a_stranger_enables_after_the_owner_opened_their_email_ends_with_a_reset() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("by a stranger");
    factor_of_a_stranger_after_the_email(&test, Purpose::VerifyEmail).await;
}

#[tokio::test]
async fn so_does_one_in_an_account_that_the_email_has_made() {
    let mut strict = super::settings();
    strict.registration = crate::domain::RegistrationMode::Verified;
    let test = ModuleTest::with(strict).await;
    let wanted = super::registration("ada");
    let asked = test.user.accounts.register(&operation(), wanted).await;
    asked.expect("by a stranger");
    factor_of_a_stranger_after_the_email(&test, Purpose::Register).await;
}

#[tokio::test]
async fn nobody_is_given_an_account_with_a_strangers_factor_by_one_click() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("eve").await.expect("registered");
    let link = test.link(Purpose::VerifyEmail).await;
    let password = super::PASSWORD.to_owned().into();
    let verified = &test.user.verification;
    let verified = verified.verify(&op, &link, Some(&password)).await;
    verified.expect("her own address, and her password");
    let enrollment = test.user.mfa.enroll(&test.caller_named("eve").await).await;
    let code = Phone::new(&enrollment.expect("begun").secret).code(&test);
    let eve = test.caller_named("eve").await;
    let asked = &test.user.verification;
    let asked = asked.request_change(&op, &eve, "ada@example.org").await;
    asked.expect("asked");
    let confirmed = test.user.mfa.confirm(&op, &eve, &code).await;
    confirmed.expect("confirmed");
    let link = test.link(Purpose::ChangeEmail).await;
    let opened = test.user.verification.verify(&op, &link, None).await;
    assert_eq!(opened.expect_err("no password").code(), "request.invalid");
    test.register("ada")
        .await
        .expect("the address is still hers");
}
