//! Sessions that have ended, and those of others (S-08, S-11, S-12), and where they come from (S-62).

use std::time::{Duration, Instant};

use gopro::module_name::ModuleName;
use kernel::Role;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use crate::support::app::PASSWORD;
use crate::support::{AppTest, Client};

const WAYS: [&str; 6] = [
    "logout",
    "everywhere",
    "password",
    "roles",
    "disabled",
    "deleted",
];

async fn end(admin: &Client, client: &Client, way: &str) {
    match way {
        "logout" => client.touch("/api/v1/auth/logout").await,
        "everywhere" => client.touch("/api/v1/auth/logout-all").await,
        "password" => {
            let change = json!({
                "current_password": PASSWORD,
                "new_password": "another horse battery staple",
            });
            client.put("/api/v1/users/me/password", change).await
        }
        "roles" => change(admin, client, json!({ "roles": ["student", "instructor"] })).await,
        "disabled" => change(admin, client, json!({ "disabled": true })).await,
        _ => client.delete("/api/v1/users/me").await,
    }
    .expect_status_in(&[200, 202, 204]);
}

async fn change(
    admin: &Client,
    client: &Client,
    change: serde_json::Value,
) -> crate::support::Answer {
    let me = client.get("/api/v1/users/me").await.expect_status(200);
    let id = me["id"].as_str().expect("an id");
    admin.patch(&format!("/api/v1/users/{id}"), change).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gives_no_more_than_the_present_roles_of_its_user() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    admin.get("/api/v1/users").await.expect_status(200);
    let me = admin.get("/api/v1/users/me").await.expect_status(200);
    // As after a restore, or by a clock that lies: nothing says that the change came after the token.
    let databases = app.modules.databases();
    let user = databases
        .of(ModuleName::User)
        .expect("a module")
        .for_migrations();
    let demote = format!(
        "UPDATE account SET roles = 'student' WHERE username = '{}'",
        me["username"].as_str().expect("a name")
    );
    user.execute_unprepared(&demote).await.expect("demoted");
    let begun = Instant::now();
    let refused = loop {
        let answer = admin.get("/api/v1/users").await;
        if answer.status != 200 {
            break answer;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "not within a second"
        );
    };
    refused.expect_problem(403, "auth.role_required");
    admin.get("/api/v1/users/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_right_has_ended_is_refused_at_once() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    for way in WAYS {
        let client = app.new_user(&format!("who-{way}"), &[Role::Student]).await;
        client.get("/api/v1/users/me").await.expect_status(200);
        end(&admin, &client, way).await;
        let answer = client.get("/api/v1/users/me").await;
        assert_eq!(answer.status, 401, "{way}: {}", answer.text);
        answer.expect_problem(401, "auth.token_invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_right_has_ended_is_refused_by_every_instance_within_a_second() {
    if testkit::postgres_url().is_none() {
        testkit::left_out("on SQLite there is one instance");
        return;
    }
    let app = AppTest::spawn().await;
    let other = app.beside().await;
    let admin = app.admin().await;
    for way in WAYS {
        let client = app.new_user(&format!("who-{way}"), &[Role::Student]).await;
        let elsewhere = client.at(&other.url());
        elsewhere.get("/api/v1/users/me").await.expect_status(200);
        end(&admin, &client, way).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answer = elsewhere.get("/api/v1/users/me").await;
        assert_eq!(answer.status, 401, "{way}: {}", answer.text);
        answer.expect_problem(401, "auth.token_invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessed_and_cut_refresh_tokens_do_not_count_and_end_nothing() {
    let app = AppTest::spawn().await;
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
    let app = AppTest::spawn().await;
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
    let app = AppTest::spawn().await;
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
async fn address_of_login(app: &AppTest) -> String {
    app.new_user("lena", &[Role::Student]).await;
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
    let address = current.expect("this session")["ip_address"].as_str();
    address.expect("an address").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_request_comes_from_is_believed_of_configured_proxies_alone() {
    let app = AppTest::spawn().await;
    assert_eq!(address_of_login(&app).await, "127.0.0.1");
    let behind = AppTest::spawn_with(&[("server.trusted_proxies", "127.0.0.0/8")]).await;
    assert_eq!(address_of_login(&behind).await, "198.51.100.1");
}

async fn session_ids(client: &Client) -> Vec<String> {
    let found = client.get("/api/v1/users/me/sessions").await;
    let found = found.expect_status(200);
    let sessions = found["items"].as_array().expect("sessions");
    let ids = sessions.iter().map(|session| session["id"].as_str());
    ids.map(|id| id.expect("an id").to_owned()).collect()
}
