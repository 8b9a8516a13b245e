//! Passwords, links of emails and second factors in the wrong hands (S-13, S-14, S-23 to S-28, S-32).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration as Span;
use kernel::{Operation, Role};
use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::mail::mails_to;
use crate::support::{Answer, AppTest, Client, totp};

const OTHER: &str = "another horse battery staple";

async fn refresh(client: &Client, token: &str) -> Answer {
    let body = json!({ "refresh_token": token });
    client.post("/api/v1/auth/refresh", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_rotated_under_load_fail_no_request() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let enough = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (lena, enough) = (lena.clone(), Arc::clone(&enough));
            tokio::spawn(async move {
                let mut asked = 0;
                while !enough.load(Ordering::Relaxed) {
                    lena.get("/api/v1/users/me").await.expect_status(200);
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    let mut token = lena.refresh_token.clone().expect("a token");
    for _ in 0..5 {
        let rotated = app.user();
        rotated
            .rotate_keys(&Operation::system("test"), false)
            .await
            .expect("rotated");
        let next = refresh(&app.anonymous(), &token).await.expect_status(200);
        token = next["refresh_token"].as_str().expect("a token").to_owned();
        let mut fresh = app.anonymous();
        fresh.token = next["access_token"].as_str().map(str::to_owned);
        fresh.get("/api/v1/users/me").await.expect_status(200);
    }
    enough.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.expect("no request failed") > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_over_when_it_was_idle_for_a_month_and_after_three_at_any_rate() {
    let clock = testkit::FixedClock::at("2026-03-02T10:00:00Z");
    let app = AppTest::demo_at(&clock).await;
    let [idle, busy] = [app.log_in("learner").await, app.log_in("learner").await];
    let mut token = busy.refresh_token.clone().expect("a token");
    for _ in 0..3 {
        clock.advance(Span::days(29));
        let next = refresh(&busy, &token).await.expect_status(200);
        token = next["refresh_token"].as_str().expect("a token").to_owned();
    }
    let idle = refresh(&idle, &idle.refresh_token.clone().expect("a token")).await;
    idle.expect_problem(401, "auth.refresh_token_invalid");
    clock.advance(Span::days(4));
    let old = refresh(&busy, &token).await;
    old.expect_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_of_a_session_that_takes_the_password_shares_one_budget_of_tries() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let wrong = "wrong wrong wrong";
    let step_up = async |password: &str| {
        let body = json!({ "password": password });
        lena.post("/api/v1/auth/mfa/challenge", body).await
    };
    // Whatever strangers do at the login is none of it.
    for _ in 0..6 {
        let login = json!({ "login": "lena", "password": wrong });
        app.anonymous().post("/api/v1/auth/login", login).await;
    }
    for _ in 0..3 {
        step_up(wrong)
            .await
            .expect_problem(403, "auth.password_invalid");
        let change = json!({ "current_password": wrong, "new_password": OTHER });
        let change = lena.put("/api/v1/users/me/password", change).await;
        change.expect_problem(403, "auth.password_invalid");
    }
    let delayed = step_up(PASSWORD).await;
    assert!(delayed.header("retry-after").is_some());
    delayed.expect_problem(429, "auth.too_many_attempts");
    lena.get("/api/v1/users/me").await.expect_status(200);
    let other = app.log_in("lena@example.org").await;
    let body = json!({ "password": PASSWORD });
    let other = other.post("/api/v1/auth/mfa/challenge", body).await;
    other.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_logged_in_before_gets_in_while_somebody_guesses_beside_it() {
    let app = AppTest::spawn().await;
    app.learner().await;
    let log_in = async |password: &str, device: Option<&str>| {
        let mut body = json!({ "login": "lena", "password": password });
        if let Some(device) = device {
            body["device_token"] = json!(device);
        }
        app.anonymous().post("/api/v1/auth/login", body).await
    };
    let first = log_in(PASSWORD, None).await.expect_status(200);
    let device = first["device_token"].as_str().expect("a token").to_owned();
    for _ in 0..6 {
        let guess = log_in("wrong wrong wrong", None).await;
        guess.expect_problem(401, "auth.credentials_invalid");
    }
    let delayed = log_in(PASSWORD, None).await;
    delayed.expect_problem(429, "auth.too_many_attempts");
    let made_up = log_in(PASSWORD, Some("made up")).await;
    made_up.expect_problem(429, "auth.too_many_attempts");
    let known = log_in(PASSWORD, Some(&device)).await.expect_status(200);
    assert_eq!(known.get("device_token"), None, "it is known already");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stuffs_many_accounts_meets_the_bound_of_their_address() {
    let limit = [("limits.auth_requests_per_minute", "10")];
    let app = AppTest::spawn_with(&limit).await;
    let mut refused = 0;
    for number in 0..20 {
        let login = json!({ "login": format!("client-{number}"), "password": PASSWORD });
        let answer = app.anonymous().post("/api/v1/auth/login", login).await;
        match answer.status {
            429 => refused += 1,
            _ => drop(answer.expect_problem(401, "auth.credentials_invalid")),
        }
    }
    // What trickles back within the test is less than two.
    assert!((9..=10).contains(&refused), "{refused}");
}

fn registration(name: &str, password: &str) -> Value {
    json!({
        "username": name,
        "email": format!("{name}@example.org"),
        "display_name": "Wilhelmina Tellerman",
        "password": password,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_that_are_easy_to_guess_are_rejected_and_any_characters_are_allowed() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for password in [
        "short",
        "elevenchars",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaaa",
        "wilhelmina tellerman",
        "123456789012345",
        &"long ".repeat(52),
        "will-will-will-1",
        "Will is my name!",
        "tellerman--2026--",
        "w1ll@3x4mpl3.0rg",
        "namrellet animlehliw 99",
        "gopro-GoPro-2026",
    ] {
        let answer = client
            .post("/api/v1/auth/register", registration("will", password))
            .await;
        let problem = answer.expect_problem(422, "request.invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/password", "{password}");
    }
    // The same characters, composed and decomposed.
    let (composed, decomposed) = (
        "grüne Pferde träumen höher",
        "gru\u{308}ne Pferde tra\u{308}umen ho\u{308}her",
    );
    let made = client
        .post("/api/v1/auth/register", registration("will", composed))
        .await;
    made.expect_status(201);
    for password in [composed, decomposed] {
        let login = json!({ "login": "will", "password": password });
        client
            .post("/api/v1/auth/login", login)
            .await
            .expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_reset_works_once_however_many_try_at_once() {
    let app = AppTest::spawn().await;
    app.learner().await;
    let ask = async |count: usize| {
        let forgot = json!({ "email": "lena@example.org" });
        let forgot = app
            .anonymous()
            .post("/api/v1/auth/password/forgot", forgot)
            .await;
        forgot.expect_status(202);
        app.settle().await;
        loop {
            let mails = mails_to(&app.folder(), "lena@example.org");
            let links = mails
                .iter()
                .filter(|mail| mail.text.contains("/account/reset#token="));
            let links: Vec<_> = links.map(crate::support::mail::Mail::token).collect();
            if links.len() >= count {
                return links[count - 1].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let newest = ask(1).await;
    let tries: Vec<_> = (0..10)
        .map(|number| {
            let client = app.anonymous();
            let password = format!("{OTHER} {number}");
            let set = json!({ "token": newest, "new_password": password });
            tokio::spawn(
                async move { client.post("/api/v1/auth/password/reset", set).await.status },
            )
        })
        .collect();
    let mut set = 0;
    for one in tries {
        match one.await.expect("an answer") {
            200 => set += 1,
            403 | 503 => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(set, 1);
}

/// Sets an authenticator up; gives the code that has confirmed it and the recovery codes.
async fn enroll(client: &Client) -> (String, Vec<String>) {
    let begun = client
        .touch("/api/v1/auth/mfa/totp")
        .await
        .expect_status(201);
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    let code = totp::code(&secret);
    let body = json!({ "code": code });
    let confirmed = client.post("/api/v1/auth/mfa/totp/confirm", body).await;
    (code, codes(&confirmed.expect_status(200)))
}

fn codes(answer: &Value) -> Vec<String> {
    let codes = answer["codes"].as_array().expect("codes").iter();
    codes
        .map(|code| code.as_str().expect("a code").to_owned())
        .collect()
}

async fn owed(app: &AppTest, name: &str) -> String {
    let login = json!({ "login": name, "password": PASSWORD });
    let owed = app.anonymous().post("/api/v1/auth/login", login).await;
    let token = owed.expect_status(200)["mfa_token"].clone();
    token.as_str().expect("a second factor is owed").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_counts_once_for_its_user_and_its_login() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let otto = app.new_user("otto", &[Role::Student]).await;
    let (code, recovery) = enroll(&lena).await;
    let (_, others) = enroll(&otto).await;
    let answer = async |token: &str, code: &str| {
        let body = json!({ "mfa_token": token, "code": code });
        app.anonymous()
            .post("/api/v1/auth/mfa/challenge", body)
            .await
    };
    let token = owed(&app, "lena").await;
    // The code that has confirmed the authenticator was used by that.
    let used = answer(&token, &code).await;
    used.expect_problem(403, "auth.mfa_code_invalid");
    let stranger = answer(&token, &others[0]).await;
    stranger.expect_problem(403, "auth.mfa_code_invalid");
    answer(&token, &recovery[0]).await.expect_status(200);
    let spent = answer(&token, &recovery[1]).await;
    spent.expect_problem(401, "auth.mfa_token_invalid");
    let token = owed(&app, "lena").await;
    let again = answer(&token, &recovery[0]).await;
    again.expect_problem(403, "auth.mfa_code_invalid");
    let tokens = answer(&token, &recovery[1]).await.expect_status(200);

    let mut lena = app.anonymous();
    lena.token = tokens["access_token"].as_str().map(str::to_owned);
    let anew = lena.touch("/api/v1/auth/mfa/recovery-codes").await;
    let anew = codes(&anew.expect_status(200));
    let token = owed(&app, "lena").await;
    let old = answer(&token, &recovery[2]).await;
    old.expect_problem(403, "auth.mfa_code_invalid");
    answer(&token, &anew[0]).await.expect_status(200);
    lena.delete("/api/v1/auth/mfa/totp")
        .await
        .expect_status(204);
    app.log_in("lena").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_strangers_send_at_most_a_few_emails() {
    let app = AppTest::spawn().await;
    app.learner().await;
    let client = app.anonymous();
    for _ in 0..12 {
        for (path, body) in [
            (
                "/api/v1/auth/password/forgot",
                json!({ "email": "LENA@example.org" }),
            ),
            (
                "/api/v1/auth/email/resend",
                json!({ "email": "lena@example.org" }),
            ),
        ] {
            client.post(path, body).await.expect_status(202);
        }
    }
    app.settle().await;
    let ready = || mails_to(&app.folder(), "lena@example.org").len();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while ready() < 10 && std::time::Instant::now() < deadline {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // Five of each purpose in an hour at most, and the welcome.
    assert!((1..=11).contains(&ready()), "{}", ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_was_taken_back_opens_nothing() {
    let app = AppTest::spawn_with(&[("auth.registration", "invite")]).await;
    let admin = app.admin().await;
    let invite = json!({ "email": "new@example.org" });
    let made = admin.post("/api/v1/auth/invitations", invite).await;
    let id = made.expect_status(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let link = app
        .mail("new@example.org", "/account/invite#token=")
        .await
        .token();
    let taken = admin
        .delete(&format!("/api/v1/auth/invitations/{id}"))
        .await;
    taken.expect_status(204);
    let mut wanted = registration("new", PASSWORD);
    wanted["invitation"] = json!(link);
    let refused = app.anonymous().post("/api/v1/auth/register", wanted).await;
    refused.expect_problem(403, "auth.link_invalid");
}
