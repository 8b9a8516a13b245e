//! Passwords that are forgotten and addresses that change.

use chrono::Duration as Span;
use kernel::{Fault, SecretString, Slice};

use super::{PASSWORD, Room, operation, registration, settings};
use crate::command::AuditQuery;
use crate::purpose::Purpose;
use crate::service::Again;

const OTHER: &str = "another horse with a better battery";

async fn reset(room: &Room, link: &SecretString, password: &str) -> String {
    let new = password.to_owned().into();
    match room
        .service()
        .reset_password(&operation(), link, &new)
        .await
    {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

#[tokio::test]
async fn a_forgotten_password_is_reset_once_by_the_newest_link_and_every_session_ends() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let before = room.log_in("ada", PASSWORD).await.expect("logged in");
    for _ in 0..2 {
        room.clock.advance(Span::seconds(1));
        room.service()
            .forgot_password(&operation(), "ADA@example.org")
            .await
            .expect("answered");
    }
    let link = room.link(Purpose::ResetPassword).await;
    assert_eq!(reset(&room, &link, "short").await, "request.invalid");
    assert_eq!(reset(&room, &link, OTHER).await, "ok");
    assert_eq!(reset(&room, &link, OTHER).await, "auth.link_refused");
    assert!(room.verifier().verify(&before.access_token).await.is_err());
    let old = room.log_in("ada", PASSWORD).await;
    assert_eq!(
        old.err().expect("replaced").code(),
        "auth.wrong_credentials"
    );
    room.log_in("ada", OTHER).await.expect("the new one");
}

#[tokio::test]
async fn a_link_runs_out_after_half_an_hour_and_a_stranger_gets_the_same_answer() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    for email in ["nobody@example.org", "ada@example.org"] {
        let forgot = room.service().forgot_password(&operation(), email).await;
        forgot.expect("answered");
    }
    let link = room.link(Purpose::ResetPassword).await;
    room.clock.advance(Span::minutes(31));
    assert!(
        room.letter(Purpose::ResetPassword).await.is_none(),
        "nothing is sent any more"
    );
    assert_eq!(reset(&room, &link, OTHER).await, "auth.link_refused");
}

#[tokio::test]
async fn an_administrators_reset_shuts_the_old_password_out() {
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("registered");
    let before = room.log_in("ada", PASSWORD).await.expect("logged in");
    room.user
        .create(&operation(), super::new_admin("root"))
        .await
        .expect("an administrator");
    let root = room.caller_named("root").await;
    let thief = room.caller(&before).await;
    let elsewhere = room
        .service()
        .ask_to_change_email(&operation(), &thief, "thief@example.org")
        .await;
    elsewhere.expect("asked");
    let theft = room.link(Purpose::ChangeEmail).await;
    room.service()
        .start_reset(&operation(), &root, ada)
        .await
        .expect("started");
    assert!(room.verifier().verify(&before.access_token).await.is_err());
    let old = room.log_in("ada", PASSWORD).await;
    assert_eq!(old.err().expect("waits").code(), "auth.reset_required");
    let link = room.link(Purpose::ResetPassword).await;
    let moved = room.service().verify_email(&operation(), &theft).await;
    let moved = moved.expect_err("what was asked before counts no longer");
    assert_eq!(moved.code(), "auth.link_refused");
    let same = reset(&room, &link, PASSWORD).await;
    assert_eq!(same, "request.invalid", "somebody else may know it");
    assert_eq!(reset(&room, &link, OTHER).await, "ok");
    room.log_in("ada", OTHER).await.expect("the new one");
}

#[tokio::test]
async fn changing_a_password_keeps_this_session_and_ends_the_others() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let phone = room.log_in("ada", PASSWORD).await.expect("the phone");
    let here = room.log_in("ada", PASSWORD).await.expect("here");
    let caller = room.caller(&here).await;
    let change = async |current: &str, new: &str| {
        let (current, new) = (current.to_owned().into(), new.to_owned().into());
        let service = room.service();
        service
            .change_password(&operation(), &caller, &current, &new)
            .await
    };
    let wrong = change("wrong wrong wrong", OTHER).await;
    assert_eq!(wrong.expect_err("wrong").code(), "auth.wrong_password");
    let filter = AuditQuery::default();
    let log = room.service().audit_log(&filter, &Slice::first(1)).await;
    assert_eq!(log.expect("the log").items[0].action, "password.wrong");
    let weak = change(PASSWORD, "adaadaadaada").await;
    assert_eq!(weak.expect_err("weak").fields()[0].pointer, "/new_password");
    change(PASSWORD, OTHER).await.expect("changed");
    let phone = room
        .service()
        .refresh(&operation(), &phone.refresh_token.into())
        .await;
    assert_eq!(phone.err().expect("ended").code(), "auth.refresh_refused");
    room.service()
        .refresh(&operation(), &here.refresh_token.into())
        .await
        .expect("this session goes on");
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_agrees_and_the_old_one_can_take_it_back() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = room.caller(&tokens).await;
    let asked = room
        .service()
        .ask_to_change_email(&operation(), &caller, "Ada@New.example")
        .await;
    asked.expect("asked");
    let me = room.service().account(caller.user_id).await.expect("me");
    assert_eq!(
        me.email, "ada@example.org",
        "nothing changes before the link is opened"
    );
    let letter = room.letter(Purpose::ChangeEmail).await.expect("a letter");
    assert_eq!(letter.email, "Ada@New.example", "as it was written");
    let link = room.link(Purpose::ChangeEmail).await;
    let changed = room.service().verify_email(&operation(), &link).await;
    assert_eq!(changed.expect("changed").email, "Ada@New.example");
    let letter = room
        .letter(Purpose::UndoEmail)
        .await
        .expect("the old address is told");
    assert_eq!(letter.email, "ada@example.org");
    let mut squatter = registration("squatter");
    squatter.email = "ada@example.org".to_owned();
    let taken = room.service().register(&operation(), squatter).await;
    let taken = taken
        .map(drop)
        .expect_err("it may be taken back for a week");
    assert_eq!(taken.code(), "user.taken");
    let undo = room.link(Purpose::UndoEmail).await;
    let back = room.service().verify_email(&operation(), &undo).await;
    assert_eq!(back.expect("back").email, "ada@example.org");
    let password = room.log_in("ada", PASSWORD).await;
    assert_eq!(
        password.err().expect("somebody else may know it").code(),
        "auth.reset_required"
    );
}

#[tokio::test]
async fn an_address_that_has_an_account_is_not_told() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    room.register("bea").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = room.caller(&tokens).await;
    let asked = room
        .service()
        .ask_to_change_email(&operation(), &caller, "bea@example.org")
        .await;
    asked.expect("the same answer");
    let letter = room.letter(Purpose::RegisterAgain).await.expect("a proof");
    assert!(letter.url.is_none());
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
    let room = Room::with(settings).await;
    let refused = room.register("ada").await;
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
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("registered");
    let weak = argon2_hash(PASSWORD, 8 * 1024);
    let db = room.database.writer();
    crate::store::people::set_password(db, ada, &weak)
        .await
        .expect("stored");
    room.log_in("ada", PASSWORD).await.expect("it still counts");
    let now = crate::store::people::password_hash(db, ada).await;
    let now = now.expect("read").expect("a hash");
    assert!(now.contains("m=19456,t=2"), "{now}");
    let tokens = room.log_in("ada", PASSWORD).await.expect("the new hash");
    let caller = room.caller(&tokens).await;
    let shown = Again::Password(PASSWORD.to_owned().into());
    room.service()
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

#[tokio::test]
async fn an_address_gets_five_letters_an_hour_and_the_log_tells_of_the_others() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    for _ in 0..7 {
        room.clock.advance(Span::seconds(1));
        room.service()
            .forgot_password(&operation(), "ada@example.org")
            .await
            .expect("answered");
    }
    let filter = AuditQuery {
        action: Some("letter.refused".to_owned()),
        ..AuditQuery::default()
    };
    let log = room.service().audit_log(&filter, &Slice::first(50)).await;
    assert_eq!(log.expect("the log").items.len(), 2);
}

#[tokio::test]
async fn a_person_sends_letters_of_a_change_to_five_addresses_an_hour() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = room.caller(&tokens).await;
    let operation = operation().by(caller.user_id);
    for number in 0..6 {
        let email = format!("stranger{number}@example.org");
        let asked = room
            .service()
            .ask_to_change_email(&operation, &caller, &email)
            .await;
        match number {
            0..5 => asked.expect("asked"),
            _ => assert_eq!(asked.expect_err("too many").code(), "auth.too_many_mails"),
        }
    }
    room.clock.advance(Span::minutes(61));
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = room.caller(&tokens).await;
    room.service()
        .ask_to_change_email(&operation, &caller, "later@example.org")
        .await
        .expect("an hour later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_and_a_change_at_once_do_not_wait_for_each_other() {
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("registered");
    room.user
        .create(&operation(), super::new_admin("root"))
        .await
        .expect("an administrator");
    for round in 0..20 {
        room.clock.advance(Span::minutes(21));
        room.service()
            .forgot_password(&operation(), "ada@example.org")
            .await
            .expect("answered");
        let link = room.link(Purpose::ResetPassword).await;
        let root = room.caller_named("root").await;
        let password = format!("{OTHER} {round}").into();
        let started = operation();
        let (reset, begun) = tokio::join!(
            room.service().reset_password(&started, &link, &password),
            room.service().start_reset(&started, &root, ada),
        );
        begun.expect("begun");
        if let Err(error) = reset {
            assert_eq!(error.code(), "auth.link_refused", "{error:?}");
        }
    }
}
