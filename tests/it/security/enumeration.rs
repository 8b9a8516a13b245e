//! Finding out who has an account (S-20), and going round the delay after failed logins (S-22, S-23).

use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::{Answer, AppTest};

/// What of an answer could distinguish one user from another.
fn shape(answer: Answer) -> (u16, Vec<String>, Value) {
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    let mut body = answer.json();
    if body.get("instance").is_some() {
        body["instance"] = json!(null);
    }
    (answer.status, names, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_reveals_whether_an_address_has_an_account() {
    let app = AppTest::spawn_with(&[("auth.registration", "verified")]).await;
    app.learner().await;
    let client = app.anonymous();
    for (path, extra) in [
        ("/api/v1/auth/password/forgot", json!({})),
        ("/api/v1/auth/email/resend", json!({})),
        (
            "/api/v1/auth/register",
            json!({ "username": "somebody", "password": PASSWORD }),
        ),
    ] {
        let mut shapes = Vec::new();
        for email in ["lena@example.org", "nobody@example.org"] {
            let mut body = extra.clone();
            body["email"] = json!(email);
            shapes.push(shape(client.post(path, body).await));
        }
        assert_eq!(shapes[0], shapes[1], "{path}");
        assert_eq!(shapes[0].0, 202, "{path}");
    }
    let mut shapes = Vec::new();
    for login in ["lena", "lena@example.org", "nobody", "nobody@example.org"] {
        let body = json!({ "login": login, "password": "wrong wrong wrong" });
        shapes.push(shape(client.post("/api/v1/auth/login", body).await));
    }
    assert!(shapes.iter().all(|one| *one == shapes[0]), "{shapes:?}");
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delay_counts_for_the_account_however_its_name_is_written() {
    let app = AppTest::spawn().await;
    app.learner().await;
    let client = app.anonymous();
    let names = [
        "lena",
        "LENA",
        "lena@example.org",
        "Lena@Example.ORG",
        "\u{ff4c}ena",
        " lena ",
    ];
    // Five failures are free; no name is used more than twice, so only a common count can end it.
    let mut delayed = false;
    for name in names.iter().chain(&names) {
        let body = json!({ "login": name, "password": "wrong wrong wrong" });
        let answer = client.post("/api/v1/auth/login", body).await;
        if answer.status == 429 {
            assert!(answer.header("retry-after").is_some(), "{}", answer.text);
            answer.expect_problem(429, "auth.too_many_attempts");
            delayed = true;
            break;
        }
        answer.expect_problem(401, "auth.credentials_invalid");
    }
    assert!(delayed, "twelve failures without a wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_logged_in_goes_on_while_somebody_guesses() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    for _ in 0..8 {
        let body = json!({ "login": "lena", "password": "wrong wrong wrong" });
        app.anonymous().post("/api/v1/auth/login", body).await;
    }
    lena.get("/api/v1/users/me").await.expect_status(200);
    let refresh = json!({ "refresh_token": lena.refresh_token });
    app.anonymous()
        .post("/api/v1/auth/refresh", refresh)
        .await
        .expect_status(200);
}
