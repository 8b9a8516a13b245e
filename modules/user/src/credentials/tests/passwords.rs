//! Passwords that are forgotten, reset and changed.

use chrono::Duration as Span;
use kernel::{Fault, PageRequest, SecretString};

use crate::audit::AuditQuery;
use crate::domain::Purpose;
use crate::mfa::Again;
use crate::tests::{ModuleTest, PASSWORD, changing, operation, settings};

const OTHER: &str = "another horse with a better battery";

async fn reset(test: &ModuleTest, link: &SecretString, password: &str) -> String {
    let new = password.to_owned().into();
    match test.user.credentials.reset(&operation(), link, &new).await {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

#[tokio::test]
async fn a_forgotten_password_is_reset_once_by_the_newest_link_and_every_session_ends() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    for _ in 0..2 {
        test.clock.advance(Span::seconds(1));
        test.user
            .credentials
            .request_reset(&operation(), "ADA@example.org")
            .await
            .expect("answered");
    }
    let link = test.link(Purpose::ResetPassword).await;
    assert_eq!(reset(&test, &link, "short").await, "request.invalid");
    assert_eq!(reset(&test, &link, OTHER).await, "ok");
    assert_eq!(reset(&test, &link, OTHER).await, "auth.link_invalid");
    assert!(test.verifier().verify(&before.access_token).await.is_err());
    let old = test.log_in("ada", PASSWORD).await;
    assert_eq!(
        old.err().expect("replaced").code(),
        "auth.credentials_invalid"
    );
    test.log_in("ada", OTHER).await.expect("the new one");
}

#[tokio::test]
async fn a_link_expires_after_half_an_hour_and_an_unknown_address_gets_the_same_answer() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    for email in ["nobody@example.org", "ada@example.org"] {
        let forgot = test
            .user
            .credentials
            .request_reset(&operation(), email)
            .await;
        forgot.expect("answered");
    }
    let link = test.link(Purpose::ResetPassword).await;
    test.clock.advance(Span::minutes(31));
    assert!(
        test.email(Purpose::ResetPassword).await.is_none(),
        "nothing is sent any more"
    );
    assert_eq!(reset(&test, &link, OTHER).await, "auth.link_invalid");
}

#[tokio::test]
async fn a_link_that_a_clock_ahead_has_dated_works_no_longer_than_was_said() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let asked = async || {
        let service = &test.user.credentials;
        let forgot = service.request_reset(&operation(), "ada@example.org").await;
        forgot.expect("answered");
    };
    test.clock.advance(Span::days(1));
    asked().await;
    let dated_ahead = test.link(Purpose::ResetPassword).await;
    test.clock.advance(-Span::days(1));
    assert_eq!(reset(&test, &dated_ahead, OTHER).await, "auth.link_invalid");
    test.clock.advance(Span::minutes(2));
    asked().await;
    let db = test.database.read();
    let all = PageRequest::first(10);
    let sent = crate::one_time_tokens::list(db, Purpose::ResetPassword, None, &all).await;
    let mut emails = Vec::new();
    for token in sent.expect("the tokens").items {
        let email = test.user.api().email_content(token.id).await;
        emails.extend(email.expect("the module answers"));
    }
    assert_eq!(emails.len(), 1, "the other one is not sent any more");
    let url = emails.pop().and_then(|email| email.url).expect("a link");
    let (_, secret) = url.split_once("#token=").expect("a secret");
    assert_eq!(reset(&test, &secret.to_owned().into(), OTHER).await, "ok");
}

#[tokio::test]
async fn an_administrators_reset_shuts_the_old_password_out() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("registered");
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    test.user
        .create(&operation(), crate::tests::new_admin("root"))
        .await
        .expect("an administrator");
    let root = test.caller_named("root").await;
    let thief = test.caller(&before).await;
    let elsewhere = test
        .user
        .verification
        .request_change(&operation(), &thief, "thief@example.org")
        .await;
    elsewhere.expect("asked");
    let theft = test.link(Purpose::ChangeEmail).await;
    test.user
        .credentials
        .start_reset(&operation(), &root, ada)
        .await
        .expect("started");
    assert!(test.verifier().verify(&before.access_token).await.is_err());
    let old = test.log_in("ada", PASSWORD).await;
    assert_eq!(
        old.err().expect("waits").code(),
        "auth.password_reset_required"
    );
    let link = test.link(Purpose::ResetPassword).await;
    let moved = test
        .user
        .verification
        .verify(&operation(), &theft, None)
        .await;
    let moved = moved.expect_err("what was asked before counts no longer");
    assert_eq!(moved.code(), "auth.link_invalid");
    let same = reset(&test, &link, PASSWORD).await;
    assert_eq!(same, "request.invalid", "somebody else may know it");
    assert_eq!(reset(&test, &link, OTHER).await, "ok");
    test.log_in("ada", OTHER).await.expect("the new one");
}

#[tokio::test]
async fn changing_a_password_keeps_this_session_and_ends_the_others() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let phone = test.log_in("ada", PASSWORD).await.expect("the phone");
    let here = test.log_in("ada", PASSWORD).await.expect("here");
    let caller = test.caller(&here).await;
    let change = async |current: &str, new: &str| {
        let (current, new) = (current.to_owned().into(), new.to_owned().into());
        let service = &test.user;
        service
            .credentials
            .change_password(&operation(), &caller, changing(&current, &new))
            .await
    };
    let wrong = change("wrong wrong wrong", OTHER).await;
    assert_eq!(wrong.expect_err("wrong").code(), "auth.password_invalid");
    let filter = AuditQuery::default();
    let log = test.user.audit.list(&filter, &PageRequest::first(1)).await;
    assert_eq!(log.expect("the log").items[0].action, "password.wrong");
    let weak = change(PASSWORD, "adaadaadaada").await;
    assert_eq!(weak.expect_err("weak").fields()[0].pointer, "/new_password");
    change(PASSWORD, OTHER).await.expect("changed");
    let phone = test
        .user
        .sessions
        .refresh(&operation(), &phone.refresh_token.into())
        .await;
    assert_eq!(
        phone.err().expect("ended").code(),
        "auth.refresh_token_invalid"
    );
    test.user
        .sessions
        .refresh(&operation(), &here.refresh_token.into())
        .await
        .expect("this session goes on");
}

#[tokio::test]
async fn a_password_of_the_operators_list_is_refused() {
    use std::io::Write;
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    // The SHA-1 of PASSWORD.
    writeln!(file, "BF25ACAEA3B1B1A4D8F2B5C1A6E1B4E8D1C1A2B3:7").expect("a line");
    writeln!(file, "{}:12", sha1(PASSWORD)).expect("a line");
    let mut settings = settings();
    settings.breached_passwords = Some(file.path().to_owned());
    let test = ModuleTest::with(settings).await;
    let refused = test.register("ada").await;
    let faults = refused.expect_err("known to attackers").fields();
    assert_eq!(faults[0].code, "password_breached");
}

fn sha1(text: &str) -> String {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    let hash = hash.as_ref().iter();
    hash.map(|byte| format!("{byte:02X}")).collect()
}

#[tokio::test]
async fn a_weaker_hash_is_replaced_at_the_next_login() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("registered");
    let weak = argon2_hash(PASSWORD, 8 * 1024);
    let db = test.database.for_migrations();
    crate::users::set_password(db, ada, &weak)
        .await
        .expect("stored");
    test.log_in("ada", PASSWORD).await.expect("it still counts");
    let now = crate::users::password_hash(db, ada).await;
    let now = now.expect("read").expect("a hash");
    assert!(now.contains("m=19456,t=2"), "{now}");
    let tokens = test.log_in("ada", PASSWORD).await.expect("the new hash");
    let caller = test.caller(&tokens).await;
    let shown = Again::Password(PASSWORD.to_owned().into());
    test.user
        .mfa
        .step_up(&operation(), &caller, shown)
        .await
        .expect("shown");
}

fn argon2_hash(password: &str, memory: u32) -> String {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
    let params = argon2::Params::new(memory, 1, 1, None).expect("parameters");
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut derived = [0; 32];
    argon
        .hash_password_into(password.as_bytes(), b"0123456789abcdef", &mut derived)
        .expect("hashed");
    format!(
        "$argon2id$v=19$m={memory},t=1,p=1${}${}",
        BASE64.encode(b"0123456789abcdef"),
        BASE64.encode(derived)
    )
}

/// How many emails with a link to a new password were written.
async fn count_resets(test: &ModuleTest) -> usize {
    let db = test.database.read();
    let page_request = PageRequest::first(100);
    let sent = crate::one_time_tokens::list(db, Purpose::ResetPassword, None, &page_request).await;
    sent.expect("the tokens").items.len()
}

#[tokio::test]
async fn repeated_reset_requests_end_no_link_and_never_block_the_reset_by_email() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let asked = async || {
        let service = &test.user;
        let op = operation();
        let forgot = service.credentials.request_reset(&op, "ada@example.org");
        forgot.await.expect("answered");
    };
    asked().await;
    let first = test.link(Purpose::ResetPassword).await;
    asked().await;
    assert_eq!(count_resets(&test).await, 1);
    assert_eq!(test.count_audited("email.refused").await, 1);
    for _ in 0..120 {
        test.clock.advance(Span::seconds(13));
        asked().await;
    }
    assert_eq!(
        count_resets(&test).await,
        6,
        "five, and one a quarter later"
    );
    assert_eq!(reset(&test, &first, OTHER).await, "ok", "after 26 minutes");
    let newest = test.email(Purpose::ResetPassword).await;
    assert!(newest.is_none(), "the one that was used ended the others");
    for _ in 0..8 {
        test.clock.advance(Span::minutes(15));
        asked().await;
        let open = test.email(Purpose::ResetPassword).await;
        assert!(open.is_some(), "the owner has a link at any time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_and_a_change_at_once_do_not_wait_for_each_other() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("registered");
    test.user
        .create(&operation(), crate::tests::new_admin("root"))
        .await
        .expect("an administrator");
    for round in 0..20 {
        test.clock.advance(Span::minutes(21));
        test.user
            .credentials
            .request_reset(&operation(), "ada@example.org")
            .await
            .expect("answered");
        let link = test.link(Purpose::ResetPassword).await;
        let root = test.caller_named("root").await;
        let password = format!("{OTHER} {round}").into();
        let started = operation();
        let (reset, begun) = tokio::join!(
            test.user.credentials.reset(&started, &link, &password),
            test.user.credentials.start_reset(&started, &root, ada),
        );
        begun.expect("begun");
        if let Err(error) = reset {
            assert_eq!(error.code(), "auth.link_invalid", "{error:?}");
        }
    }
}
