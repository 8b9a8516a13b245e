//! Secrets that must stand nowhere in the clear (S-60).

use std::fs;

use serde_json::json;

use crate::support::TestApp;
use crate::support::app::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_person_lies_in_the_data_folder_or_the_metrics() {
    let app = TestApp::spawn().await;
    let lena = app.learner().await;
    let made = lena
        .post(
            "/api/v1/users/me/tokens",
            json!({ "name": "t", "scopes": ["profile:read"] }),
        )
        .await
        .expect_status(201);
    let begun = lena.touch("/api/v1/auth/mfa/totp").await.expect_status(201);
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    let code = crate::support::totp::code(&secret);
    let confirmed = lena
        .post("/api/v1/auth/mfa/totp/confirm", json!({ "code": code }))
        .await
        .expect_status(200);
    let forgot = json!({ "email": "lena@example.org" });
    app.anonymous()
        .post("/api/v1/auth/password/forgot", forgot)
        .await
        .expect_status(202);
    let link = app
        .mail("lena@example.org", "/account/reset#token=")
        .await
        .token();
    app.settle().await;
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let secrets = [
        ("the password", PASSWORD.to_owned()),
        (
            "the refresh token",
            lena.refresh_token.clone().expect("a token"),
        ),
        ("the access token", lena.token.clone().expect("a token")),
        ("the API token", text(&made["token"])),
        ("the authenticator's secret", secret),
        ("a recovery code", text(&confirmed["recovery_codes"][0])),
        ("the link", link),
    ];
    let mut looked_into = Vec::new();
    for entry in fs::read_dir(app.folder()).expect("the data folder") {
        let path = entry.expect("an entry").path();
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        for (what, secret) in &secrets {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{what} lies in {}", path.display());
        }
        looked_into.push(path);
    }
    assert!(!looked_into.is_empty());
    let operator = crate::support::Client::new(&app.internal_url());
    for path in ["/metrics", "/health"] {
        let answer = operator.get(path).await;
        assert_eq!(answer.status, 200);
        for (what, secret) in &secrets {
            assert!(!answer.text.contains(secret), "{what} stands in {path}");
        }
    }
}
