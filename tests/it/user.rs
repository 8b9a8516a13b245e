//! Accounts over HTTP.

use kernel::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::AppTest;
use crate::support::app::PASSWORD;
use crate::support::client::send;

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_registers_logs_in_changes_their_profile_and_logs_out() {
    let app = AppTest::spawn().await;
    let mut client = app.anonymous();
    let body = json!({ "email": "ada@example.org", "username": "ada", "password": PASSWORD });
    let answer = client.post("/api/v1/auth/register", body.clone()).await;
    assert_eq!(answer.header("location"), Some("/api/v1/users/me"));
    let account = answer.expect_status(201);
    assert_eq!(account["roles"], json!(["student"]));
    client
        .post("/api/v1/auth/register", body)
        .await
        .expect_problem(409, "user.username_taken");
    client.log_in("ADA", PASSWORD).await;
    let me = client.get("/api/v1/users/me").await;
    let etag = me.etag();
    assert_eq!(me.expect_status(200)["id"], account["id"]);
    let patch = |etag: &str, body| {
        client
            .request(Method::PATCH, "/api/v1/users/me")
            .header("If-Match", etag)
            .json(&body)
    };
    let changed = send(patch(
        &etag,
        json!({ "display_name": "Ada L.", "time_zone": "Europe/London" }),
    ))
    .await;
    assert_ne!(changed.etag(), etag);
    assert_eq!(changed.expect_status(200)["display_name"], "Ada L.");
    send(patch(&etag, json!({ "bio": "late" })))
        .await
        .expect_problem(412, "request.version_conflict");
    let fault = send(patch("*", json!({ "time_zone": "Mars/Olympus" })))
        .await
        .expect_problem(422, "request.invalid");
    assert_eq!(fault["errors"][0]["pointer"], "/time_zone");
    client.touch("/api/v1/auth/logout").await.expect_status(204);
    client
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let app = AppTest::spawn().await;
    app.learner().await;
    let client = app.anonymous();
    let mut bodies = Vec::new();
    for login in ["lena", "nobody"] {
        let answer = client
            .post(
                "/api/v1/auth/login",
                json!({ "login": login, "password": "wrong" }),
            )
            .await;
        let mut problem = answer.expect_problem(401, "auth.credentials_invalid");
        problem["instance"] = json!(null);
        bodies.push(problem);
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_published_and_private_parts_are_not() {
    let app = AppTest::spawn().await;
    let keys = app
        .anonymous()
        .get("/.well-known/jwks.json")
        .await
        .expect_status(200);
    let key = keys["keys"][0].as_object().expect("a key").clone();
    let mut names: Vec<_> = key.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_listed_and_ended_and_only_ones_own() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let phone = app.log_in("lena").await;
    let stranger = app.new_user("eve", &[Role::Student]).await;
    let sessions = lena
        .get("/api/v1/users/me/sessions")
        .await
        .expect_status(200);
    let items = sessions["items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    let other = items
        .iter()
        .find(|one| one["current"] == false)
        .expect("the phone");
    let path = format!(
        "/api/v1/users/me/sessions/{}",
        other["id"].as_str().expect("an id")
    );
    stranger
        .delete(&path)
        .await
        .expect_problem(404, "user.session_not_found");
    phone.get("/api/v1/users/me").await.expect_status(200);
    lena.delete(&path).await.expect_status(204);
    phone
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
    lena.touch("/api/v1/auth/logout-all")
        .await
        .expect_status(204);
    lena.get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_find_users_and_make_instructors() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    let lena = app.learner().await;
    let found = admin.get("/api/v1/users?q=LEN").await.expect_status(200);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    let id = found["items"][0]["id"].as_str().expect("an id").to_owned();
    let admins = admin
        .get("/api/v1/users?role=admin&count=exact")
        .await
        .expect_status(200);
    assert_eq!(admins["page"]["total"], 1);
    let path = format!("/api/v1/users/{id}");
    admin
        .patch(&path, json!({ "roles": ["student", "instructor"] }))
        .await
        .expect_status(200);
    lena.get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
    let refresh = json!({ "refresh_token": lena.refresh_token });
    let next = lena
        .post("/api/v1/auth/refresh", refresh)
        .await
        .expect_status(200);
    let mut lena = lena.clone();
    lena.token = next["access_token"].as_str().map(str::to_owned);
    lena.post(
        "/api/v1/courses",
        json!({ "title": "Mine", "difficulty": "beginner" }),
    )
    .await
    .expect_status(201);
    let profile = lena
        .get(&format!("{path}/profile"))
        .await
        .expect_status(200);
    assert!(profile.get("email").is_none(), "{profile}");
}

#[tokio::test(flavor = "multi_thread")]
async fn walking_a_list_while_others_register_shows_each_old_row_once() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    for name in ["p1", "p22", "p333", "p4444"] {
        app.new_user(&format!("{name}x"), &[Role::Student]).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/users?limit=2".to_owned();
    for round in 0.. {
        let answer = admin.get(&path).await;
        let link = answer.header("link").unwrap_or_default().to_owned();
        let page = answer.expect_status(200);
        for item in page["items"].as_array().expect("items") {
            seen.push(item["username"].as_str().expect("a name").to_owned());
        }
        app.new_user(&format!("late{round}"), &[Role::Student])
            .await;
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        assert!(link.contains("rel=\"next\""), "{link}");
        path = format!("/api/v1/users?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["p4444x", "p333x", "p22x", "p1x", "anna"]);
    let first = admin.get("/api/v1/users?limit=2").await.expect_status(200);
    let next = first["page"]["next"].as_str().expect("a cursor").to_owned();
    let second = admin
        .get(&format!("/api/v1/users?limit=2&cursor={next}"))
        .await
        .expect_status(200);
    let back = second["page"]["prev"].as_str().expect("a cursor");
    let again = admin
        .get(&format!("/api/v1/users?limit=2&cursor={back}"))
        .await
        .expect_status(200);
    assert_eq!(again["items"], first["items"]);
    let foreign = format!("/api/v1/users?q=p&limit=2&cursor={next}");
    admin
        .get(&foreign)
        .await
        .expect_problem(400, "request.query_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_by_the_printed_token() {
    let app = AppTest::spawn().await;
    let token = app
        .modules
        .user()
        .expect("the user module")
        .setup_token()
        .await
        .expect("asked")
        .expect("no admin yet");
    let token = kernel::ExposeSecret::expose_secret(&token).to_owned();
    let body = |token: &str| json!({ "setup_token": token, "email": "root@example.org", "username": "root", "password": PASSWORD });
    let client = app.anonymous();
    client
        .post("/api/v1/auth/setup", body("wrong"))
        .await
        .expect_problem(403, "auth.setup_token_invalid");
    client
        .post("/api/v1/auth/setup", body(&token))
        .await
        .expect_status(201);
    client
        .post("/api/v1/auth/setup", body(&token))
        .await
        .expect_problem(403, "auth.setup_token_invalid");
    app.log_in("root")
        .await
        .get("/api/v1/users")
        .await
        .expect_status(200);
}
