//! What somebody can do who had an account in their hands, and how its owner gets it back.

use chrono::Duration as Span;
use kernel::{ExposeSecret, Fault, Role, SecretString};

use super::mfa::{Phone, answer, challenged, enrolled};
use super::{PASSWORD, Room, operation};
use crate::purpose::Purpose;
use crate::service::{AdminChange, Again, NewApiToken};

/// A stranger with the password moves the account to an address of theirs.
async fn taken_over(room: &Room) -> rest::Caller {
    let op = operation();
    room.register("ada").await.expect("registered");
    let thief = room.caller_named("ada").await;
    let asked = room
        .service()
        .ask_to_change_email(&op, &thief, "eve@example.org")
        .await;
    asked.expect("asked");
    let link = room.link(Purpose::ChangeEmail).await;
    let moved = room.service().verify_email(&op, &link).await;
    moved.expect("moved");
    room.caller_named("ada").await
}

#[tokio::test]
async fn the_undo_of_an_address_takes_away_what_was_added_since_then() {
    let room = Room::new().await;
    let op = operation();
    let thief = taken_over(&room).await;
    room.clock.advance(Span::minutes(1));
    let wanted = NewApiToken {
        name: "mine".to_owned(),
        scopes: vec!["profile:read".to_owned()],
        days: 30,
    };
    let token = room.service().create_api_token(&op, &thief, wanted);
    let token = token.await.expect("made").value.token.expect("a secret");
    let enrolment = room.service().enrol_totp(&thief).await.expect("begun");
    let code = Phone::new(&enrolment.secret).code(&room);
    let confirmed = room.service().confirm_totp(&op, &thief, &code);
    confirmed.await.expect("confirmed");

    let undo = room.link(Purpose::UndoEmail).await;
    let back = room.service().verify_email(&op, &undo).await;
    assert_eq!(back.expect("back").email, "ada@example.org");
    let exchanged = room.service().exchange_api_token(&token.into()).await;
    assert_eq!(exchanged.expect("an answer"), None);
    // The way to a new password came by itself.
    let link = room.link(Purpose::ResetPassword).await;
    let new: SecretString = "another horse battery staple".to_owned().into();
    let reset = room.service().reset_password(&op, &link, &new);
    reset.await.expect("reset");
    room.log_in("ada", new.expose_secret())
        .await
        .expect("no code of a stranger's phone is asked for");
}

#[tokio::test]
async fn the_undo_of_an_address_calls_an_erasure_off() {
    let room = Room::new().await;
    let op = operation();
    let thief = taken_over(&room).await;
    let erasing = room.service().erase(&op, &thief, thief.user_id);
    erasing.await.expect("begun");
    room.clock.advance(Span::hours(71));
    let undo = room.link(Purpose::UndoEmail).await;
    let back = room.service().verify_email(&op, &undo).await;
    back.expect("back");
    room.clock.advance(Span::hours(5));
    room.user.tend_sagas().await.expect("tended");
    assert_eq!(room.count_told("user.erasure_requested.v1").await, 0);
    let waits = room.log_in("ada", PASSWORD).await.err().expect("a reset");
    assert_eq!(waits.code(), "auth.reset_required");
    assert_eq!(room.count_audited("erasure.undone").await, 1);
}

#[tokio::test]
async fn how_many_letters_an_address_has_got_does_not_tell_of_an_account() {
    let room = Room::new().await;
    let op = operation();
    room.register("ada").await.expect("registered");
    room.register("bea").await.expect("registered");
    for _ in 0..6 {
        for email in ["bea@example.org", "nobody@example.org"] {
            let forgot = room.service().forgot_password(&op, email);
            forgot.await.expect("answered");
        }
    }
    let ada = room.caller_named("ada").await;
    for email in ["bea@example.org", "nobody@example.org"] {
        for _ in 0..6 {
            let asked = room.service();
            let asked = asked.ask_to_change_email(&op, &ada, email).await;
            asked.expect("the same answer, however often");
        }
    }
}

#[tokio::test]
async fn an_administrator_shows_lately_who_they_are_before_rights_change() {
    let room = Room::new().await;
    let op = operation();
    let ada = room.register("ada").await.expect("registered");
    let root = room.user.create(&op, super::new_admin("root"));
    root.await.expect("an administrator");
    let root = room.caller_named("root").await;
    room.clock.advance(Span::minutes(11));
    let change = AdminChange {
        roles: Some(vec![Role::Admin].into()),
        disabled: None,
    };
    let any = kernel::Expected::Any;
    let changed = room.service();
    let changed = changed.change_as(&op, &root, ada, &any, change).await;
    assert_eq!(changed.expect_err("late").code(), "auth.step_up_needed");
    let reset = room.service().start_reset(&op, &root, ada).await;
    assert_eq!(reset.expect_err("late").code(), "auth.step_up_needed");
}

#[tokio::test]
async fn who_has_a_second_factor_shows_it_before_the_password_changes() {
    let room = Room::new().await;
    let op = operation();
    room.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&room).await;
    let token = challenged(&room).await;
    let tokens = answer(&room, &token, &phone.code(&room)).await.expect("in");
    let caller = room.caller(&tokens).await;
    room.clock.advance(Span::minutes(11));
    let old: SecretString = PASSWORD.to_owned().into();
    let new: SecretString = "another horse battery staple".to_owned().into();
    let change = room.service().change_password(&op, &caller, &old, &new);
    let late = change.await.expect_err("a password alone");
    assert_eq!(late.code(), "auth.step_up_needed");
    let again = Again::Code(phone.code(&room));
    let shown = room.service().step_up(&op, &caller, again).await;
    shown.expect("shown");
    let change = room.service().change_password(&op, &caller, &old, &new);
    change.await.expect("changed");
}

#[tokio::test]
async fn a_right_password_costs_no_wait_for_the_code_that_follows() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&room).await;
    for _ in 0..5 {
        let wrong = room.log_in("ada", "wrong wrong wrong").await;
        assert_eq!(wrong.err().expect("wrong").code(), "auth.wrong_credentials");
    }
    let token = challenged(&room).await;
    answer(&room, &token, &phone.code(&room))
        .await
        .expect("at once");
}
