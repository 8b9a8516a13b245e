//! Sessions that have ended, and those of others (S-08, S-11, S-12), and where they come from (S-62).

use std::time::Duration;

use kernel::Role;
use serde_json::json;
use uuid::Uuid;

use crate::support::app::PASSWORD;
use crate::support::{Client, TestApp};

const WAYS: [&str; 6] = [
    "logout",
    "everywhere",
    "password",
    "roles",
    "disabled",
    "deleted",
];

async fn end(admin: &Client, person: &Client, way: &str) {
    match way {
        "logout" => person.touch("/api/v1/auth/logout").await,
        "everywhere" => person.touch("/api/v1/auth/logout-all").await,
        "password" => {
            let change = json!({
                "current_password": PASSWORD,
                "new_password": "another horse battery staple",
            });
            person.put("/api/v1/users/me/password", change).await
        }
        "roles" => change(admin, person, json!({ "roles": ["student", "instructor"] })).await,
        "disabled" => change(admin, person, json!({ "disabled": true })).await,
        _ => person.delete("/api/v1/users/me").await,
    }
    .expect_status_in(&[200, 202, 204]);
}

async fn change(
    admin: &Client,
    person: &Client,
    change: serde_json::Value,
) -> crate::support::Answer {
    let me = person.get("/api/v1/users/me").await.expect_status(200);
    let id = me["id"].as_str().expect("an id");
    admin.patch(&format!("/api/v1/users/{id}"), change).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_right_has_ended_is_refused_at_once() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for way in WAYS {
        let person = app.person(&format!("who-{way}"), &[Role::Student]).await;
        person.get("/api/v1/users/me").await.expect_status(200);
        end(&admin, &person, way).await;
        let answer = person.get("/api/v1/users/me").await;
        assert_eq!(answer.status, 401, "{way}: {}", answer.text);
        answer.expect_problem(401, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_right_has_ended_is_refused_by_every_instance_within_a_second() {
    if testkit::postgres_url().is_none() {
        testkit::left_out("on SQLite there is one instance");
        return;
    }
    let app = TestApp::spawn().await;
    let other = app.beside().await;
    let admin = app.admin().await;
    for way in WAYS {
        let person = app.person(&format!("who-{way}"), &[Role::Student]).await;
        let elsewhere = person.at(&other.url());
        elsewhere.get("/api/v1/users/me").await.expect_status(200);
        end(&admin, &person, way).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answer = elsewhere.get("/api/v1/users/me").await;
        assert_eq!(answer.status, 401, "{way}: {}", answer.text);
        answer.expect_problem(401, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessed_and_cut_refresh_tokens_do_not_count_and_end_nothing() {
    let app = TestApp::spawn().await;
    let lena = app.learner().await;
    let token = lena.refresh_token.clone().expect("a refresh token");
    let longer = format!("{token}A");
    let access = lena.token.clone().expect("an access token");
    for guess in [
        &token[..token.len() - 1],
        &token[1..],
        &longer,
        &token.to_uppercase(),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        &access[..100],
    ] {
        let body = json!({ "refresh_token": guess });
        let answer = app.anonymous().post("/api/v1/auth/refresh", body).await;
        assert_eq!(answer.status, 401, "{guess}: {}", answer.text);
    }
    let right = json!({ "refresh_token": token });
    lena.post("/api/v1/auth/refresh", right)
        .await
        .expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_opens_a_session_of_its_own_whatever_the_client_brings() {
    let app = TestApp::spawn().await;
    let lena = app.learner().await;
    let first = session_ids(&lena).await;
    let mut again = lena.clone();
    again.log_in("lena", PASSWORD).await;
    assert_ne!(again.token, lena.token);
    assert_ne!(again.refresh_token, lena.refresh_token);
    let both = session_ids(&again).await;
    assert_eq!(both.len(), 2);
    assert!(first.iter().all(|id| both.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_ends_the_sessions_of_others() {
    let app = TestApp::spawn().await;
    let lena = app.learner().await;
    let ivan = app.instructor().await;
    let admin = app.admin().await;
    let own = session_ids(&lena).await;
    for other in [&ivan, &admin] {
        let theirs = session_ids(other).await;
        assert!(own.iter().all(|id| !theirs.contains(id)));
        for id in &own {
            let path = format!("/api/v1/users/me/sessions/{id}");
            let refused = other.delete(&path).await.expect_status(404);
            let path = format!("/api/v1/users/me/sessions/{}", Uuid::now_v7());
            let unknown = other.delete(&path).await.expect_status(404);
            assert_eq!(refused["code"], unknown["code"]);
        }
    }
    lena.get("/api/v1/users/me").await.expect_status(200);
}

/// The address of the newest session of a login that claims to come from elsewhere (S-62).
async fn address_of_login(app: &TestApp) -> String {
    app.person("lena", &[Role::Student]).await;
    let body = json!({ "login": "lena", "password": PASSWORD });
    let login = app.anonymous();
    let login = login.request(reqwest::Method::POST, "/api/v1/auth/login");
    let login = login.header("X-Forwarded-For", "203.0.113.9, 198.51.100.1");
    let tokens = crate::support::client::send(login.json(&body)).await;
    let mut lena = app.anonymous();
    lena.token = tokens.expect_status(200)["access_token"]
        .as_str()
        .map(str::to_owned);
    let sessions = lena
        .get("/api/v1/users/me/sessions")
        .await
        .expect_status(200);
    let sessions = sessions["items"].as_array().expect("sessions").iter();
    let current = sessions.clone().find(|one| one["current"] == true);
    let address = current.expect("this session")["address"].as_str();
    address.expect("an address").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_request_comes_from_is_believed_of_configured_proxies_alone() {
    let app = TestApp::spawn().await;
    assert_eq!(address_of_login(&app).await, "127.0.0.1");
    let behind = TestApp::spawn_with(&[("server.trusted_proxies", "127.0.0.0/8")]).await;
    assert_eq!(address_of_login(&behind).await, "198.51.100.1");
}

async fn session_ids(client: &Client) -> Vec<String> {
    let found = client.get("/api/v1/users/me/sessions").await;
    let found = found.expect_status(200);
    let sessions = found["items"].as_array().expect("sessions");
    let ids = sessions.iter().map(|session| session["id"].as_str());
    ids.map(|id| id.expect("an id").to_owned()).collect()
}
