//! Secrets that must stand nowhere in the clear (S-60).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::dump::dump;
use crate::support::storage::Storage;
use crate::support::{AppTest, Client, Process, mail, totp};

/// What nobody else may ever read, and what it is.
type Secrets = Vec<(&'static str, String)>;

/// A user who has one secret of each kind, and has used it.
async fn confide(anonymous: &Client, data: &Path) -> Secrets {
    let account = json!({ "username": "lena", "email": "lena@example.org", "password": PASSWORD });
    anonymous
        .post("/api/v1/auth/register", account)
        .await
        .expect_status(201);
    let mistyped = "another secret that is not the password";
    let wrong = json!({ "login": "lena", "password": mistyped });
    anonymous
        .post("/api/v1/auth/login", wrong)
        .await
        .expect_status(401);
    let mut lena = anonymous.clone();
    lena.log_in("lena", PASSWORD).await;
    let refresh = json!({ "refresh_token": lena.refresh_token });
    let refreshed = anonymous
        .post("/api/v1/auth/refresh", refresh)
        .await
        .expect_status(200);
    let made = lena
        .post(
            "/api/v1/users/me/tokens",
            json!({ "name": "t", "scopes": ["profile:read"] }),
        )
        .await
        .expect_status(201);
    let mut script = anonymous.clone();
    script.token = Some(text(&made["token"]));
    script.get("/api/v1/users/me").await.expect_status(200);
    let begun = lena.touch("/api/v1/auth/mfa/totp").await.expect_status(201);
    let secret = text(&begun["secret"]);
    let code = totp::code(&secret);
    let confirmed = lena
        .post("/api/v1/auth/mfa/totp/confirm", json!({ "code": code }))
        .await
        .expect_status(200);
    let forgot = json!({ "email": "lena@example.org" });
    anonymous
        .post("/api/v1/auth/password/forgot", forgot)
        .await
        .expect_status(202);
    let mail = mail::wait_for(data, "lena@example.org", "/account/reset#token=").await;
    let weak = json!({ "token": mail.token(), "new_password": "short" });
    anonymous
        .post("/api/v1/auth/password/reset", weak)
        .await
        .expect_status(422);
    vec![
        ("the password", PASSWORD.to_owned()),
        ("what was mistyped", mistyped.to_owned()),
        ("the refresh token", lena.refresh_token.expect("a token")),
        ("its successor", text(&refreshed["refresh_token"])),
        ("the access token", lena.token.expect("a token")),
        ("the API token", text(&made["token"])),
        ("the authenticator's secret", secret),
        ("a recovery code", text(&confirmed["codes"][0])),
        ("the link", mail.token()),
    ]
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The secrets that occur in `bytes`.
fn found_in(bytes: &[u8], secrets: &Secrets) -> Vec<&'static str> {
    let occurs = |secret: &str| {
        let mut windows = bytes.windows(secret.len());
        windows.any(|window| window == secret.as_bytes())
    };
    let found = secrets.iter().filter(|(_, secret)| occurs(secret));
    found.map(|(what, _)| *what).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_user_lies_in_the_data_folder_a_table_or_the_metrics() {
    let app = AppTest::spawn().await;
    let secrets = confide(&app.anonymous(), &app.folder()).await;
    app.settle().await;
    let mut looked_into = Vec::new();
    for entry in fs::read_dir(app.folder()).expect("the data folder") {
        let path = entry.expect("an entry").path();
        if !path.is_file() {
            continue;
        }
        let found = found_in(&fs::read(&path).expect("a file"), &secrets);
        assert!(found.is_empty(), "{found:?} in {}", path.display());
        looked_into.push(path);
    }
    assert!(!looked_into.is_empty());
    let rows = dump(&app).await;
    let known = |(_, row): &(String, String)| row.contains("lena@example.org");
    assert!(rows.iter().any(known), "no row tells of the user");
    // PostgreSQL shows bytes in hexadecimal, and codes are kept without their hyphens.
    let hex = |text: &str| -> String { text.bytes().map(|byte| format!("{byte:02x}")).collect() };
    let shown = secrets.iter().flat_map(|(what, secret)| {
        let plain = secret.replace('-', "");
        let forms = [secret.clone(), hex(secret), hex(&plain), plain];
        forms.map(|text| (*what, text))
    });
    let shown: Secrets = shown.collect();
    for (table, row) in &rows {
        let found = found_in(row.as_bytes(), &shown);
        assert!(found.is_empty(), "{found:?} in {table}");
    }
    let operator = Client::new(&app.internal_url());
    for path in ["/metrics", "/health"] {
        let answer = operator.get(path).await;
        assert_eq!(answer.status, 200);
        let found = found_in(answer.text.as_bytes(), &secrets);
        assert!(found.is_empty(), "{found:?} in {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_user_is_logged_even_when_everything_is() {
    let storage = Storage::new().await;
    let log = storage.folder.path().join("log");
    let file = fs::File::create(&log).expect("a file");
    let everything = ["--set", "log.level=trace"];
    let server = Process::serve_into(&storage, &everything, file.into()).await;
    let data = storage.folder.path().join("data");
    let secrets = confide(&server.client(), &data).await;
    storage.settle(&[&server.internal_url]).await;
    assert_eq!(server.terminate(), 0);
    let said = fs::read(&log).expect("the log");
    assert!(said.len() > 10_000, "little was logged");
    assert_eq!(found_in(&said, &secrets), Vec::<&str>::new());
}
