//! The second factor and showing once more who one is.

use std::time::Duration;

use chrono::Duration as Span;
use kernel::{Fault, PageRequest, Role, SecretString};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::service::Again;
use crate::audit::AuditQuery;
use crate::error::Error;
use crate::sessions::{LoginAnswer, TokenPair};
use crate::tests::{ModuleTest, PASSWORD, credentials, operation, settings};

/// The authenticator of a user, as their phone holds it.
pub(crate) struct Phone(Totp);

impl Phone {
    pub(crate) fn new(secret: &str) -> Self {
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

    pub(crate) fn code(&self, test: &ModuleTest) -> SecretString {
        let now = kernel::Clock::now(&test.clock).timestamp();
        let code = self.0.generate(u64::try_from(now).expect("after 1970"));
        code.to_string().into()
    }
}

pub(crate) async fn enrolled(test: &ModuleTest) -> (Phone, Vec<String>) {
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.caller(&tokens).await;
    let enrollment = test.user.mfa.enroll(&caller).await.expect("begun");
    assert!(
        enrollment
            .otpauth_url
            .starts_with("otpauth://totp/GO-PRO:ada?")
    );
    assert!(enrollment.qr_svg.contains("<svg"));
    let phone = Phone::new(&enrollment.secret);
    let code = phone.code(test);
    let codes = test.user.mfa.confirm(&operation(), &caller, &code).await;
    let codes = codes.expect("confirmed");
    assert_eq!(codes.len(), 10);
    test.clock.advance(Span::seconds(30));
    (phone, codes)
}

pub(crate) async fn challenged(test: &ModuleTest) -> SecretString {
    let (body, client) = credentials("ada", PASSWORD);
    let answer = test
        .user
        .credentials
        .log_in(&operation(), body, client)
        .await;
    match answer.expect("the password is right") {
        LoginAnswer::Challenge(owed) => owed.mfa_token.into(),
        LoginAnswer::Tokens(_) => panic!("no second factor was asked for"),
    }
}

pub(crate) async fn answer(
    test: &ModuleTest,
    token: &SecretString,
    code: &SecretString,
) -> Result<TokenPair, Error> {
    test.user
        .mfa
        .answer_challenge(&operation(), token, code, String::new())
        .await
}

#[tokio::test]
async fn the_password_alone_opens_no_session_and_a_code_counts_once() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&test).await;
    let token = challenged(&test).await;
    assert!(
        test.verifier()
            .verify(kernel::ExposeSecret::expose_secret(&token))
            .await
            .is_err(),
        "what owes the second factor is no access token"
    );
    let code = phone.code(&test);
    let tokens = answer(&test, &token, &code).await.expect("in");
    test.caller(&tokens).await;
    let again = challenged(&test).await;
    let replayed = answer(&test, &again, &code).await;
    assert_eq!(
        replayed.err().expect("used").code(),
        "auth.mfa_code_invalid"
    );
    test.clock.advance(Span::seconds(30));
    answer(&test, &again, &phone.code(&test))
        .await
        .expect("the next code");
}

#[tokio::test]
async fn what_owes_the_second_factor_opens_one_session() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let (phone, codes) = enrolled(&test).await;
    let token = challenged(&test).await;
    answer(&test, &token, &phone.code(&test)).await.expect("in");
    test.clock.advance(Span::seconds(30));
    let code: SecretString = codes[0].clone().into();
    for again in [phone.code(&test), code.clone()] {
        let again = answer(&test, &token, &again).await;
        assert_eq!(again.err().expect("used").code(), "auth.mfa_token_invalid");
    }
    test.clock.advance(Span::minutes(3));
    let next = challenged(&test).await;
    answer(&test, &next, &code)
        .await
        .expect("a refused login uses no recovery code up");
}

#[tokio::test]
async fn an_access_token_is_no_challenge_and_a_challenge_runs_out() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    let (phone, _) = enrolled(&test).await;
    let access = before.access_token.into();
    let refused = answer(&test, &access, &phone.code(&test)).await;
    assert_eq!(
        refused.err().expect("another class").code(),
        "auth.mfa_token_invalid"
    );
    let token = challenged(&test).await;
    test.clock.advance(Span::seconds(331));
    let late = answer(&test, &token, &phone.code(&test)).await;
    assert_eq!(
        late.err().expect("too late").code(),
        "auth.mfa_token_invalid"
    );
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_however_it_is_typed() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let (_, codes) = enrolled(&test).await;
    let token = challenged(&test).await;
    let typed = codes[0].to_lowercase().replace('-', " ").into();
    answer(&test, &token, &typed).await.expect("in");
    let token = challenged(&test).await;
    let again = answer(&test, &token, &typed).await;
    assert_eq!(again.err().expect("used").code(), "auth.mfa_code_invalid");
    answer(&test, &token, &codes[1].clone().into())
        .await
        .expect("another one");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_and_logging_in_between_does_not_help() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    enrolled(&test).await;
    let wrong = "000000".to_owned().into();
    let mut delayed = false;
    for _ in 0..8 {
        let (body, client) = credentials("ada", PASSWORD);
        let logged = test
            .user
            .credentials
            .log_in(&operation(), body, client)
            .await;
        let token = match logged {
            Ok(LoginAnswer::Challenge(owed)) => owed.mfa_token.into(),
            Ok(LoginAnswer::Tokens(_)) => panic!("no second factor was asked for"),
            Err(error) => {
                assert_eq!(error.code(), "auth.too_many_attempts");
                delayed = true;
                break;
            }
        };
        let error = answer(&test, &token, &wrong).await.err().expect("wrong");
        if error.code() == "auth.too_many_attempts" {
            delayed = true;
            break;
        }
        assert_eq!(error.code(), "auth.mfa_code_invalid");
    }
    assert!(delayed, "eight wrong codes without a wait");
}

#[tokio::test]
async fn a_sensitive_change_wants_to_know_once_more_who_one_is() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.caller(&tokens).await;
    test.clock.advance(Span::minutes(11));
    let error = test.user.mfa.enroll(&caller).await.err();
    assert_eq!(error.expect("too long ago").code(), "auth.step_up_required");
    let wrong = Again::Password("wrong wrong wrong".to_owned().into());
    let refused = test.user.mfa.step_up(&operation(), &caller, wrong).await;
    assert_eq!(refused.expect_err("wrong").code(), "auth.password_invalid");
    let right = Again::Password(PASSWORD.to_owned().into());
    let shown = test.user.mfa.step_up(&operation(), &caller, right).await;
    shown.expect("shown");
    test.user.mfa.enroll(&caller).await.expect("now it goes");
}

#[tokio::test]
async fn who_has_a_second_factor_steps_up_with_that_one() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&test).await;
    let token = challenged(&test).await;
    let tokens = answer(&test, &token, &phone.code(&test)).await.expect("in");
    let caller = test.caller(&tokens).await;
    let password = Again::Password(PASSWORD.to_owned().into());
    let refused = test.user.mfa.step_up(&operation(), &caller, password).await;
    assert_eq!(
        refused.expect_err("too little").code(),
        "auth.mfa_code_required"
    );
    let wrong = Again::Code("000000".to_owned().into());
    let refused = test.user.mfa.step_up(&operation(), &caller, wrong).await;
    assert_eq!(
        refused.expect_err("a guess").code(),
        "auth.mfa_code_invalid"
    );
    let filter = AuditQuery::default();
    let log = test.user.audit.list(&filter, &PageRequest::first(1)).await;
    assert_eq!(log.expect("the log").items[0].action, "mfa.failed");
    test.clock.advance(Span::seconds(30));
    let code = Again::Code(phone.code(&test));
    test.user
        .mfa
        .step_up(&operation(), &caller, code)
        .await
        .expect("shown");
    test.user
        .mfa
        .disable(&operation(), &caller)
        .await
        .expect("removed");
    test.log_in("ada", PASSWORD)
        .await
        .expect("the password alone");
}

#[tokio::test]
async fn a_role_that_needs_a_second_factor_gets_nothing_but_its_set_up() {
    let mut settings = settings();
    settings.mfa_roles = vec![Role::Student];
    settings.token.lifetime = Duration::from_secs(900);
    let test = ModuleTest::with(settings).await;
    test.register("ada").await.expect("registered");
    let tokens = test.log_in("ada", PASSWORD).await.expect("logged in");
    assert_eq!(tokens.scope, "mfa:enroll");
    let caller = test.caller(&tokens).await;
    assert_eq!(caller.scope, "mfa:enroll");
    let thief = test.log_in("ada", PASSWORD).await.expect("logged in");
    let enrollment = test.user.mfa.enroll(&caller).await.expect("begun");
    let phone = Phone::new(&enrollment.secret);
    let code = phone.code(&test);
    test.user
        .mfa
        .confirm(&operation(), &caller, &code)
        .await
        .expect("confirmed");
    test.clock.advance(Span::seconds(30));
    let refused = test
        .user
        .sessions
        .refresh(&operation(), &thief.refresh_token.into())
        .await;
    let refused = refused.err().expect("it has never shown the factor");
    assert_eq!(refused.code(), "auth.refresh_token_invalid");
    assert!(
        test.verifier().verify(&tokens.access_token).await.is_err(),
        "the token that was good for the set-up is to be replaced"
    );
    let refreshed = test
        .user
        .sessions
        .refresh(&operation(), &tokens.refresh_token.into())
        .await
        .expect("the session goes on");
    assert_eq!(refreshed.scope, "");
    let token = challenged(&test).await;
    let tokens = answer(&test, &token, &phone.code(&test)).await.expect("in");
    let caller = test.caller(&tokens).await;
    let kept = test.user.mfa.disable(&operation(), &caller).await;
    assert_eq!(
        kept.expect_err("the role wants it").code(),
        "auth.mfa_required"
    );
}

#[tokio::test]
async fn an_administrator_takes_away_an_authenticator_that_is_lost() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("registered");
    let before = test.log_in("ada", PASSWORD).await.expect("logged in");
    enrolled(&test).await;
    test.user
        .create(&operation(), crate::tests::new_admin("root"))
        .await
        .expect("an administrator");
    let root = test.caller_named("root").await;
    let service = &test.user;
    let removed = service.mfa.reset(&operation(), &root, ada).await;
    removed.expect("removed");
    assert!(test.verifier().verify(&before.access_token).await.is_err());
    test.log_in("ada", PASSWORD).await.expect("no code is owed");
    let again = service.mfa.reset(&operation(), &root, ada).await;
    assert_eq!(again.expect_err("gone").code(), "auth.mfa_not_enabled");
    let filter = AuditQuery {
        action: Some("mfa.removed".to_owned()),
        ..AuditQuery::default()
    };
    let log = service.audit.list(&filter, &PageRequest::first(50)).await;
    assert_eq!(log.expect("the log").items.len(), 1);
    test.clock.advance(Span::minutes(11));
    let late = service.mfa.reset(&operation(), &root, ada).await;
    assert_eq!(late.expect_err("long ago").code(), "auth.step_up_required");
}

#[tokio::test]
async fn what_owes_the_second_factor_ends_with_a_new_password_of_the_same_second() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("registered");
    let link = test.link(crate::domain::Purpose::VerifyEmail).await;
    let verified = test.user.verification.verify(&op, &link, None).await;
    verified.expect("verified");
    let (phone, _) = enrolled(&test).await;
    let token = challenged(&test).await;
    let forgot = &test.user;
    let forgot = forgot.credentials.request_reset(&op, "ada@example.org");
    forgot.await.expect("answered");
    let link = test.link(crate::domain::Purpose::ResetPassword).await;
    let new = "another horse battery staple".to_owned().into();
    let reset = test.user.credentials.reset(&op, &link, &new);
    reset.await.expect("reset");
    let late = answer(&test, &token, &phone.code(&test)).await;
    assert_eq!(late.err().expect("ended").code(), "auth.mfa_token_invalid");
}

#[tokio::test]
async fn a_code_that_was_used_while_the_clock_was_ahead_refuses_none_of_today() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let (phone, _) = enrolled(&test).await;
    let enter = async |code: SecretString| {
        let token = challenged(&test).await;
        answer(&test, &token, &code).await
    };
    test.clock.advance(Span::days(1));
    enter(phone.code(&test)).await.expect("tomorrow's code");
    test.clock.advance(Span::days(-1));
    let code = phone.code(&test);
    enter(code.clone()).await.expect("today's code");
    assert!(enter(code).await.is_err(), "once");
}
