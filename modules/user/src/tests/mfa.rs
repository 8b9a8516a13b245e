//! The second factor and showing once more who one is.

use std::time::Duration;

use chrono::Duration as Span;
use kernel::{Fault, Role, SecretString, Slice};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::{PASSWORD, Room, credentials, operation, settings};
use crate::Error;
use crate::command::AuditQuery;
use crate::service::{Again, LoggedIn, Tokens};

/// The authenticator of a person, as their phone holds it.
pub(super) struct Phone(Totp);

impl Phone {
    pub(super) fn new(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).expect("base 32");
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(30)
            .with_secret(secret)
            .with_issuer(Some("GO-PRO"))
            .with_account_name("ada")
            .build();
        Self(totp.expect("an authenticator"))
    }

    pub(super) fn code(&self, room: &Room) -> SecretString {
        let now = kernel::Clock::now(&room.clock).timestamp();
        let code = self.0.generate(u64::try_from(now).expect("after 1970"));
        code.to_string().into()
    }
}

pub(super) async fn enrolled(room: &Room) -> (Phone, Vec<String>) {
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = room.caller(&tokens).await;
    let enrolment = room.service().enrol_totp(&caller).await.expect("begun");
    assert!(enrolment.url.starts_with("otpauth://totp/GO-PRO:ada?"));
    assert!(enrolment.qr_svg.contains("<svg"));
    let phone = Phone::new(&enrolment.secret);
    let code = phone.code(room);
    let codes = room
        .service()
        .confirm_totp(&operation(), &caller, &code)
        .await;
    let codes = codes.expect("confirmed");
    assert_eq!(codes.len(), 10);
    room.clock.advance(Span::seconds(30));
    (phone, codes)
}

pub(super) async fn challenged(room: &Room) -> SecretString {
    let answer = room
        .service()
        .log_in(&operation(), credentials("ada", PASSWORD))
        .await;
    match answer.expect("the password is right") {
        LoggedIn::Challenge { mfa_token, .. } => mfa_token.into(),
        LoggedIn::Tokens(_) => panic!("no second factor was asked for"),
    }
}

pub(super) async fn answer(
    room: &Room,
    token: &SecretString,
    code: &SecretString,
) -> Result<Tokens, Error> {
    room.service()
        .answer_challenge(&operation(), token, code, String::new())
        .await
}

#[tokio::test]
async fn the_password_alone_opens_no_session_and_a_code_counts_once() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&room).await;
    let token = challenged(&room).await;
    assert!(
        room.verifier()
            .verify(kernel::ExposeSecret::expose_secret(&token))
            .await
            .is_err(),
        "what owes the second factor is no access token"
    );
    let code = phone.code(&room);
    let tokens = answer(&room, &token, &code).await.expect("in");
    room.caller(&tokens).await;
    let again = challenged(&room).await;
    let replayed = answer(&room, &again, &code).await;
    assert_eq!(replayed.err().expect("used").code(), "auth.wrong_code");
    room.clock.advance(Span::seconds(30));
    answer(&room, &again, &phone.code(&room))
        .await
        .expect("the next code");
}

#[tokio::test]
async fn what_owes_the_second_factor_opens_one_session() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let (phone, codes) = enrolled(&room).await;
    let token = challenged(&room).await;
    answer(&room, &token, &phone.code(&room)).await.expect("in");
    room.clock.advance(Span::seconds(30));
    let code: SecretString = codes[0].clone().into();
    for again in [phone.code(&room), code.clone()] {
        let again = answer(&room, &token, &again).await;
        assert_eq!(again.err().expect("used").code(), "auth.challenge_refused");
    }
    room.clock.advance(Span::minutes(3));
    let next = challenged(&room).await;
    answer(&room, &next, &code)
        .await
        .expect("a refused login uses no recovery code up");
}

#[tokio::test]
async fn an_access_token_is_no_challenge_and_a_challenge_runs_out() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let before = room.log_in("ada", PASSWORD).await.expect("logged in");
    let (phone, _) = enrolled(&room).await;
    let access = before.access_token.into();
    let refused = answer(&room, &access, &phone.code(&room)).await;
    assert_eq!(
        refused.err().expect("another class").code(),
        "auth.challenge_refused"
    );
    let token = challenged(&room).await;
    room.clock.advance(Span::seconds(331));
    let late = answer(&room, &token, &phone.code(&room)).await;
    assert_eq!(
        late.err().expect("too late").code(),
        "auth.challenge_refused"
    );
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_however_it_is_typed() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let (_, codes) = enrolled(&room).await;
    let token = challenged(&room).await;
    let typed = codes[0].to_lowercase().replace('-', " ").into();
    answer(&room, &token, &typed).await.expect("in");
    let token = challenged(&room).await;
    let again = answer(&room, &token, &typed).await;
    assert_eq!(again.err().expect("used").code(), "auth.wrong_code");
    answer(&room, &token, &codes[1].clone().into())
        .await
        .expect("another one");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_and_logging_in_between_does_not_help() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    enrolled(&room).await;
    let wrong = "000000".to_owned().into();
    let mut delayed = false;
    for _ in 0..8 {
        let logged = room
            .service()
            .log_in(&operation(), credentials("ada", PASSWORD))
            .await;
        let token = match logged {
            Ok(LoggedIn::Challenge { mfa_token, .. }) => mfa_token.into(),
            Ok(LoggedIn::Tokens(_)) => panic!("no second factor was asked for"),
            Err(error) => {
                assert_eq!(error.code(), "auth.delayed");
                delayed = true;
                break;
            }
        };
        let error = answer(&room, &token, &wrong).await.err().expect("wrong");
        if error.code() == "auth.delayed" {
            delayed = true;
            break;
        }
        assert_eq!(error.code(), "auth.wrong_code");
    }
    assert!(delayed, "eight wrong codes without a wait");
}

#[tokio::test]
async fn a_sensitive_change_wants_to_know_once_more_who_one_is() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = room.caller(&tokens).await;
    room.clock.advance(Span::minutes(11));
    let error = room.service().enrol_totp(&caller).await.err();
    assert_eq!(error.expect("too long ago").code(), "auth.step_up_needed");
    let wrong = Again::Password("wrong wrong wrong".to_owned().into());
    let refused = room.service().step_up(&operation(), &caller, wrong).await;
    assert_eq!(refused.expect_err("wrong").code(), "auth.wrong_password");
    let right = Again::Password(PASSWORD.to_owned().into());
    let shown = room.service().step_up(&operation(), &caller, right).await;
    shown.expect("shown");
    room.service()
        .enrol_totp(&caller)
        .await
        .expect("now it goes");
}

#[tokio::test]
async fn who_has_a_second_factor_steps_up_with_that_one() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&room).await;
    let token = challenged(&room).await;
    let tokens = answer(&room, &token, &phone.code(&room)).await.expect("in");
    let caller = room.caller(&tokens).await;
    let password = Again::Password(PASSWORD.to_owned().into());
    let refused = room
        .service()
        .step_up(&operation(), &caller, password)
        .await;
    assert_eq!(refused.expect_err("too little").code(), "auth.code_needed");
    let wrong = Again::Code("000000".to_owned().into());
    let refused = room.service().step_up(&operation(), &caller, wrong).await;
    assert_eq!(refused.expect_err("a guess").code(), "auth.wrong_code");
    let filter = AuditQuery::default();
    let log = room.service().audit_log(&filter, &Slice::first(1)).await;
    assert_eq!(log.expect("the log").items[0].action, "mfa.failed");
    room.clock.advance(Span::seconds(30));
    let code = Again::Code(phone.code(&room));
    room.service()
        .step_up(&operation(), &caller, code)
        .await
        .expect("shown");
    room.service()
        .remove_totp(&operation(), &caller)
        .await
        .expect("removed");
    room.log_in("ada", PASSWORD)
        .await
        .expect("the password alone");
}

#[tokio::test]
async fn a_role_that_needs_a_second_factor_gets_nothing_but_its_set_up() {
    let mut settings = settings();
    settings.mfa_roles = vec![Role::Student];
    settings.token.lifetime = Duration::from_secs(900);
    let room = Room::with(settings).await;
    room.register("ada").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    assert_eq!(tokens.scope, "mfa:enroll");
    let caller = room.caller(&tokens).await;
    assert_eq!(caller.scope, "mfa:enroll");
    let thief = room.log_in("ada", PASSWORD).await.expect("logged in");
    let enrolment = room.service().enrol_totp(&caller).await.expect("begun");
    let phone = Phone::new(&enrolment.secret);
    let code = phone.code(&room);
    room.service()
        .confirm_totp(&operation(), &caller, &code)
        .await
        .expect("confirmed");
    room.clock.advance(Span::seconds(30));
    let refused = room
        .service()
        .refresh(&operation(), &thief.refresh_token.into())
        .await;
    let refused = refused.err().expect("it has never shown the factor");
    assert_eq!(refused.code(), "auth.refresh_refused");
    assert!(
        room.verifier().verify(&tokens.access_token).await.is_err(),
        "the token that was good for the set-up is to be replaced"
    );
    let refreshed = room
        .service()
        .refresh(&operation(), &tokens.refresh_token.into())
        .await
        .expect("the session goes on");
    assert_eq!(refreshed.scope, "");
    let token = challenged(&room).await;
    let tokens = answer(&room, &token, &phone.code(&room)).await.expect("in");
    let caller = room.caller(&tokens).await;
    let kept = room.service().remove_totp(&operation(), &caller).await;
    assert_eq!(
        kept.expect_err("the role wants it").code(),
        "auth.mfa_required"
    );
}

#[tokio::test]
async fn an_administrator_takes_away_an_authenticator_that_is_lost() {
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("registered");
    let before = room.log_in("ada", PASSWORD).await.expect("logged in");
    enrolled(&room).await;
    room.user
        .create(&operation(), super::new_admin("root"))
        .await
        .expect("an administrator");
    let root = room.caller_named("root").await;
    let service = room.service();
    let removed = service.remove_factor_of(&operation(), &root, ada).await;
    removed.expect("removed");
    assert!(room.verifier().verify(&before.access_token).await.is_err());
    room.log_in("ada", PASSWORD).await.expect("no code is owed");
    let again = service.remove_factor_of(&operation(), &root, ada).await;
    assert_eq!(again.expect_err("gone").code(), "auth.mfa_missing");
    let filter = AuditQuery {
        action: Some("mfa.removed".to_owned()),
        ..AuditQuery::default()
    };
    let log = service.audit_log(&filter, &Slice::first(50)).await;
    assert_eq!(log.expect("the log").items.len(), 1);
    room.clock.advance(Span::minutes(11));
    let late = service.remove_factor_of(&operation(), &root, ada).await;
    assert_eq!(late.expect_err("long ago").code(), "auth.step_up_needed");
}
