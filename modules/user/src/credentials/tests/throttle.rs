//! Guesses of strangers, and owners who get in all the while.

use chrono::Duration as Span;
use kernel::{Fault, Operation, Place, SecretString, UserId};

use super::super::throttle::lanes_of_password;
use crate::domain::Purpose;
use crate::domain::Way;
use crate::error::Error;
use crate::mfa::Again;
use crate::mfa::tests::enrolled;
use crate::sessions::{Known, LoginAnswer, Origin, TokenPair};
use crate::tests::{ModuleTest, PASSWORD, credentials, operation};

const WRONG: &str = "wrong wrong wrong";
const HOME: &str = "192.0.2.7";
/// Every way to write the name of one account.
const FORMS: [&str; 8] = [
    "ada",
    "ADA",
    " ada\t",
    "\u{ff41}\u{ff44}\u{ff41}",
    "ada@example.org",
    "Ada@Example.ORG",
    "\u{a0}ada@example.org ",
    "ada\u{ff20}example.org",
];

async fn enter(
    test: &ModuleTest,
    login: &str,
    password: &str,
    ip_address: &str,
    device_token: Option<&SecretString>,
) -> Result<TokenPair, Error> {
    let (mut body, mut client) = credentials(login, password);
    body.device_token = device_token.cloned();
    ip_address.clone_into(&mut client.ip_address);
    match test
        .user
        .credentials
        .log_in(&operation(), body, client)
        .await?
    {
        LoginAnswer::Tokens(tokens) => Ok(tokens),
        LoginAnswer::Challenge(_) => panic!("a second factor is owed"),
    }
}

/// The code of a failed login, with how long it says to wait.
async fn fail(test: &ModuleTest, login: &str, ip_address: &str) -> (String, u64) {
    let failed = enter(test, login, WRONG, ip_address, None).await;
    let error = failed.err().expect("a wrong password");
    let wait = error.retry_after().map_or(0, |wait| wait.as_secs());
    (error.code().to_owned(), wait)
}

/// Guesses from ever other networks until even a new one has to wait.
async fn besiege(test: &ModuleTest, login: &str) {
    for number in 0..40 {
        let (code, _) = fail(test, login, &format!("198.51.100.{number}")).await;
        if code == "auth.too_many_attempts" {
            return;
        }
    }
    panic!("forty guesses without a wait");
}

#[tokio::test]
async fn an_hour_of_guesses_under_every_form_of_the_name_never_makes_the_owner_wait() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let home = enter(&test, "ada", PASSWORD, HOME, None).await;
    let device = home
        .expect("the first login")
        .device_token
        .map(SecretString::from);
    let (mut guesses, mut turn) = (0, 0_usize);
    for minute in 0..60_usize {
        for _ in 0..20 {
            let stranger = format!("198.51.100.{}", turn % 50);
            let (code, _) = fail(&test, FORMS[turn % FORMS.len()], &stranger).await;
            guesses += usize::from(code == "auth.credentials_invalid");
            turn += 1;
            test.clock.advance(Span::seconds(3));
        }
        let form = FORMS[minute % FORMS.len()];
        let tokens = match minute % 2 {
            0 => enter(&test, form, PASSWORD, HOME, None).await,
            _ => enter(&test, form, PASSWORD, "203.0.113.9", device.as_ref()).await,
        };
        let tokens = tokens.unwrap_or_else(|error| panic!("minute {minute}, {form:?}: {error}"));
        if minute % 10 == 0 {
            let caller = test.caller(&tokens).await;
            let again = Again::Password(PASSWORD.to_owned().into());
            let shown = test.user.mfa.step_up(&operation(), &caller, again).await;
            shown.expect("stepped up");
        }
    }
    assert!(
        (40..=320).contains(&guesses),
        "{guesses} guesses in an hour"
    );
}

#[tokio::test]
async fn who_guesses_from_one_network_makes_nobody_elsewhere_wait() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    for second in 0..300 {
        fail(&test, "ada", "198.51.100.1").await;
        if second % 50 == 49 {
            let newcomer = format!("203.0.113.{second}");
            let entered = enter(&test, "ada", PASSWORD, &newcomer, None).await;
            entered.expect("in at once from a new address");
        }
        test.clock.advance(Span::seconds(1));
    }
}

#[tokio::test]
async fn the_owner_gets_in_by_their_device_while_somebody_guesses_at_their_own_address() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let tokens = enter(&test, "ada", PASSWORD, HOME, None).await;
    let device = tokens
        .expect("logged in")
        .device_token
        .map(SecretString::from);
    let mut guesses = 0;
    for second in 0..600 {
        let (code, _) = fail(&test, "ada", HOME).await;
        guesses += usize::from(code == "auth.credentials_invalid");
        if second % 60 == 59 {
            let entered = enter(&test, "ada", PASSWORD, HOME, device.as_ref()).await;
            entered.expect("the device is known");
        }
        test.clock.advance(Span::seconds(1));
    }
    assert!(
        guesses <= 22,
        "{guesses}: a login of the owner gives no tries"
    );
    let delayed = enter(&test, "ada", PASSWORD, HOME, None).await;
    assert_eq!(
        delayed.err().expect("too many").code(),
        "auth.too_many_attempts"
    );
}

#[tokio::test]
async fn a_device_token_is_worth_nothing_for_another_account_or_when_it_is_made_up() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    test.register("bea").await.expect("registered");
    let other = enter(&test, "bea", PASSWORD, HOME, None).await;
    let other = other
        .expect("logged in")
        .device_token
        .map(SecretString::from);
    let made_up = Some("A".repeat(43).into());
    besiege(&test, "ada").await;
    for token in [&other, &made_up] {
        let tried = enter(&test, "ada", PASSWORD, "203.0.113.1", token.as_ref()).await;
        assert_eq!(
            tried.err().expect("a stranger").code(),
            "auth.too_many_attempts"
        );
    }
}

#[tokio::test]
async fn a_household_with_ipv6_is_one_network() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    for number in 0..6 {
        fail(&test, "ada", &format!("2001:db8:1:2::{number}")).await;
    }
    let (code, _) = fail(&test, "ada", "2001:db8:1:2:ffff::1").await;
    assert_eq!(code, "auth.too_many_attempts");
    let other = enter(&test, "ada", PASSWORD, "2001:db8:1:3::1", None).await;
    other.expect("another household");
    besiege(&test, "ada").await;
    let known = enter(&test, "ada", PASSWORD, "2001:db8:1:3:abcd::2", None).await;
    known.expect("the household is known");
}

#[tokio::test]
async fn no_answer_reveals_that_two_names_are_one_account_or_that_there_is_one() {
    let test = ModuleTest::new().await;
    for name in ["ada", "bea"] {
        test.register(name).await.expect("registered");
        let known = enter(&test, name, PASSWORD, HOME, None).await;
        known.expect("logged in");
    }
    for ip_address in ["198.51.100.1", HOME] {
        let mut answers = Vec::new();
        for (first, second) in [
            ("ada", "ada@example.org"),
            ("bea", "ada@example.org"),
            ("bea", "nobody@example.org"),
            ("nobody", "noone@example.org"),
        ] {
            test.clock.advance(Span::hours(1));
            let mut heard = Vec::new();
            for _ in 0..4 {
                heard.push(fail(&test, first, ip_address).await);
            }
            for _ in 0..8 {
                heard.push(fail(&test, second, ip_address).await);
            }
            heard.push(fail(&test, first, ip_address).await);
            answers.push(heard);
        }
        assert_eq!(answers[0][10].0, "auth.too_many_attempts");
        assert!(
            answers.iter().all(|heard| *heard == answers[0]),
            "{answers:?}"
        );
    }
}

#[tokio::test]
async fn many_strangers_make_a_new_address_wait_and_an_emailed_link_lets_its_owner_in_at_once() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let before = enter(&test, "ada", PASSWORD, HOME, None).await;
    let before = before
        .expect("logged in")
        .device_token
        .map(SecretString::from);
    besiege(&test, "ada").await;
    let away = "203.0.113.77";
    let delayed = enter(&test, "ada", PASSWORD, away, None).await;
    let delayed = delayed.err().expect("a stranger");
    assert_eq!(delayed.code(), "auth.too_many_attempts");
    assert!(delayed.to_string().contains("/api/v1/auth/password/forgot"));
    test.user
        .credentials
        .request_reset(&operation(), "ada@example.org")
        .await
        .expect("asked");
    let link = test.link(Purpose::ResetPassword).await;
    let from_away = Operation {
        ip_address: Some(away.to_owned()),
        ..operation()
    };
    let new = "another horse battery staple";
    test.user
        .credentials
        .reset(&from_away, &link, &new.to_owned().into())
        .await
        .expect("reset");
    enter(&test, "ada", new, away, None)
        .await
        .expect("in at once");
    // Whoever had the account before is a stranger now.
    for (ip_address, device) in [(HOME, None), ("203.0.113.1", before.as_ref())] {
        let stranger = enter(&test, "ada", new, ip_address, device).await;
        assert_eq!(
            stranger.err().expect(ip_address).code(),
            "auth.too_many_attempts"
        );
    }
}

#[tokio::test]
async fn a_step_up_waits_for_the_failures_of_its_own_session_alone() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let [mine, other] = [
        test.log_in("ada", PASSWORD).await.expect("logged in"),
        test.log_in("ada", PASSWORD).await.expect("logged in"),
    ];
    let (mine, other) = (test.caller(&mine).await, test.caller(&other).await);
    let step_up = async |caller: &kernel::Caller, password: &str| {
        let again = Again::Password(password.to_owned().into());
        let done = test.user.mfa.step_up(&operation(), caller, again).await;
        done.map_err(|error| error.code().to_owned())
    };
    for _ in 0..6 {
        let wrong = step_up(&other, WRONG).await;
        assert_eq!(wrong, Err("auth.password_invalid".to_owned()));
    }
    let delayed = step_up(&other, PASSWORD).await;
    assert_eq!(delayed, Err("auth.too_many_attempts".to_owned()));
    assert_eq!(step_up(&mine, PASSWORD).await, Ok(()));
}

#[tokio::test]
async fn callers_are_known_for_half_a_year_and_twenty_at_a_time() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    let first = enter(&test, "ada", PASSWORD, HOME, None).await;
    let device = first
        .expect("logged in")
        .device_token
        .map(SecretString::from);
    test.clock.advance(Span::seconds(1));
    // It comes back, so clients that never do must not push it out.
    let again = enter(&test, "ada", PASSWORD, HOME, device.as_ref()).await;
    assert!(again.expect("logged in").device_token.is_none());
    for number in 0..25 {
        test.clock.advance(Span::seconds(1));
        let ip_address = format!("203.0.113.{number}");
        enter(&test, "ada", PASSWORD, &ip_address, None)
            .await
            .expect("logged in");
    }
    assert_eq!(known_callers(&test, id).await, 40);
    besiege(&test, "ada").await;
    let kept = enter(&test, "ada", PASSWORD, "192.0.2.99", device.as_ref()).await;
    kept.expect("the device is still known");
    test.clock.advance(Span::days(181));
    test.user.sweep().await.expect("swept");
    assert_eq!(known_callers(&test, id).await, 0);
    besiege(&test, "ada").await;
    let over = enter(&test, "ada", PASSWORD, HOME, device.as_ref()).await;
    assert_eq!(
        over.err().expect("a stranger").code(),
        "auth.too_many_attempts"
    );
}

#[tokio::test]
async fn who_knows_the_password_guesses_few_codes_and_the_owner_gets_in_by_their_device() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let tokens = enter(&test, "ada", PASSWORD, HOME, None).await;
    let device = tokens
        .expect("logged in")
        .device_token
        .map(SecretString::from);
    let (phone, _) = enrolled(&test).await;
    let owed = async |ip_address: &str, device: Option<&SecretString>| -> SecretString {
        let (mut body, mut client) = credentials("ada", PASSWORD);
        body.device_token = device.cloned();
        ip_address.clone_into(&mut client.ip_address);
        let entered = test
            .user
            .credentials
            .log_in(&operation(), body, client)
            .await;
        match entered.expect("the password is right") {
            LoginAnswer::Challenge(owed) => owed.mfa_token.into(),
            LoginAnswer::Tokens(_) => panic!("no second factor was asked for"),
        }
    };
    let answer = async |token: &SecretString, code: &SecretString, ip_address: &str| {
        let ip_address = ip_address.to_owned();
        test.user
            .mfa
            .answer_challenge(&operation(), token, code, ip_address)
            .await
    };
    let mut guesses = 0;
    for number in 0..120 {
        let ip_address = format!("198.51.100.{}", number % 50);
        let token = owed(&ip_address, None).await;
        let guess = answer(&token, &"000000".to_owned().into(), &ip_address).await;
        let code = guess.err().expect("wrong").code().to_owned();
        guesses += usize::from(code == "auth.mfa_code_invalid");
        test.clock.advance(Span::seconds(5));
    }
    assert!((10..=24).contains(&guesses), "{guesses} in ten minutes");
    for (ip_address, device) in [(HOME, None), ("203.0.113.5", device.as_ref())] {
        let token = owed(ip_address, device).await;
        let entered = answer(&token, &phone.code(&test), ip_address).await;
        entered.unwrap_or_else(|error| panic!("{ip_address}: {error}"));
        test.clock.advance(Span::seconds(30));
    }
}

#[tokio::test]
async fn a_right_password_at_a_step_up_forgets_the_failures_of_its_session() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let tokens = enter(&test, "ada", PASSWORD, HOME, None).await;
    let caller = test.caller(&tokens.expect("logged in")).await;
    let op = operation();
    let show = async |password: &str| {
        let again = Again::Password(password.to_owned().into());
        test.user.mfa.step_up(&op, &caller, again).await
    };
    for _ in 0..3 {
        for _ in 0..5 {
            let wrong = show("wrong wrong wrong").await;
            assert_eq!(wrong.expect_err("wrong").code(), "auth.password_invalid");
        }
        show(PASSWORD).await.expect("right");
    }
}

#[tokio::test]
async fn a_crowd_of_strangers_is_turned_away_and_the_owner_gets_in_where_they_were_before() {
    let test = ModuleTest::new().await;
    let user = test.register("ada").await.expect("registered");
    enter(&test, "ada", PASSWORD, HOME, None).await.expect("in");
    let crowd = |network: &str| {
        let origin = Origin {
            network: network.to_owned(),
            known: Known::No,
        };
        lanes_of_password(Some(user), "ada", &origin)
    };
    // Somebody is at work in the lane of all strangers, and as many wait as may.
    let service = &test.user;
    let widest = crowd("198.51.100.1").pop().expect("a lane").key;
    let first = service.credentials.turns.take(widest).await;
    let mut waiting = Vec::new();
    for number in 0..33 {
        let lanes = crowd(&format!("198.51.100.{number}"));
        let mut attempt = Box::pin(service.credentials.count_attempt(Way::Password, lanes));
        tokio::select! {
            biased;
            told = &mut attempt => {
                let error = told.err().expect("turned away");
                assert_eq!((number, error.code()), (32, "auth.busy"));
                assert!(error.retry_after().is_some());
            }
            () = std::future::ready(()) => waiting.push(attempt),
        }
    }
    assert_eq!(waiting.len(), 32);
    // One network takes one place there, however much it sends.
    let more = service
        .credentials
        .count_attempt(Way::Password, crowd("198.51.100.1"));
    let mut more = Box::pin(more);
    tokio::select! {
        biased;
        _ = &mut more => panic!("it waits behind its own"),
        () = std::future::ready(()) => {}
    }
    enter(&test, "ada", PASSWORD, HOME, None)
        .await
        .expect("in, while strangers wait");
    drop((first, more, waiting));
}

async fn known_callers(test: &ModuleTest, user: UserId) -> usize {
    let begin = Place {
        list: String::new(),
        after: None,
    };
    let known = crate::sessions::known_callers::page_of(test.database.read(), user, &begin).await;
    known.expect("a page").len()
}
