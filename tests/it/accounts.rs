//! What users do with their accounts, by the emails that they get.

use kernel::Role;
use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::mail::mails_to;
use crate::support::{AppTest, Client};

const OTHER: &str = "another horse with a better battery";

fn registration(name: &str, email: &str) -> serde_json::Value {
    json!({ "email": email, "username": name, "password": PASSWORD, "locale": "de" })
}

async fn redeem(client: &Client, token: &str) -> crate::support::Answer {
    client
        .post("/api/v1/auth/email/verify", json!({ "token": token }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_verifies_their_address_by_the_link_of_an_email_in_their_language() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    let body = registration("ada", "ada@example.org");
    let account = client.post("/api/v1/auth/register", body).await;
    assert_eq!(account.expect_status(201)["email_verified"], false);
    let mail = app.mail("ada@example.org", "Adresse best").await;
    assert!(
        mail.text
            .contains("http://gopro.test/account/verify#token=")
    );
    let verified = redeem(&client, &mail.token()).await.expect_status(200);
    assert_eq!(verified["email_verified"], true);
    redeem(&client, &mail.token())
        .await
        .expect_problem(403, "auth.link_invalid");
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_addresses_are_verified_a_known_one_and_a_new_one_get_the_same_answer() {
    let app = AppTest::spawn_with(&[("auth.registration", "verified")]).await;
    app.new_user("bea", &[Role::Student]).await;
    let client = app.anonymous();
    let mut answers = Vec::new();
    for (name, email) in [("ada", "ada@example.org"), ("eve", "bea@example.org")] {
        let answer = client
            .post("/api/v1/auth/register", registration(name, email))
            .await;
        let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort_unstable();
        answers.push((answer.status, answer.text, headers));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 202);
    let told = app
        .mail("bea@example.org", "You already have an account")
        .await;
    assert!(!told.text.contains("#token="), "it opens nothing");
    let login = json!({ "login": "ada", "password": PASSWORD });
    client
        .post("/api/v1/auth/login", login)
        .await
        .expect_problem(401, "auth.credentials_invalid");
    let mail = app.mail("ada@example.org", "#token=").await;
    redeem(&client, &mail.token()).await.expect_status(200);
    app.log_in("ada").await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_reset_by_email() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let client = app.anonymous();
    let mut answers = Vec::new();
    for email in ["lena@example.org", "nobody@example.org"] {
        let answer = client
            .post("/api/v1/auth/password/forgot", json!({ "email": email }))
            .await;
        answers.push((answer.status, answer.text));
    }
    assert_eq!(answers[0], answers[1]);
    let mail = app.mail("lena@example.org", "/account/reset#token=").await;
    let reset = json!({ "token": mail.token(), "new_password": OTHER });
    client
        .post("/api/v1/auth/password/reset", reset.clone())
        .await
        .expect_status(200);
    client
        .post("/api/v1/auth/password/reset", reset)
        .await
        .expect_problem(403, "auth.link_invalid");
    lena.get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
    let mut again = app.anonymous();
    again.log_in("lena", OTHER).await;
    app.mail("lena@example.org", "Your password was changed")
        .await;
    assert!(mails_to(&app.folder(), "nobody@example.org").is_empty());
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_email_about_a_new_password_says_what_has_ended_with_it() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    app.log_in("lena").await;
    let token = json!({ "name": "script", "scopes": ["profile:read"] });
    let made = lena.post("/api/v1/users/me/tokens", token).await;
    made.expect_status(201);
    let change = json!({ "current_password": PASSWORD, "new_password": OTHER });
    let changed = lena.put("/api/v1/users/me/password", change).await;
    let told = json!({
        "sessions_ended": 1, "api_tokens_ended": 1, "api_tokens_kept": 0,
        "identities_ended": 0, "identities_kept": 0,
        "second_factor_ended": false, "invitations_ended": 0,
    });
    assert_eq!(changed.expect_status(200), told);
    let mail = app
        .mail("lena@example.org", "Your password was changed")
        .await;
    let text = mail.text.replace("\r\n", " ");
    let sessions = "all your other sessions have ended (1)";
    assert!(text.contains(sessions), "{text}");
    assert!(text.contains("API tokens were deleted (1)"), "{text}");
    assert!(!text.contains("linked identities"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_email_about_a_new_password_says_that_kept_api_tokens_stay_valid() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let token = json!({ "name": "script", "scopes": ["profile:read"] });
    let made = lena.post("/api/v1/users/me/tokens", token).await;
    made.expect_status(201);
    let change = json!({
        "current_password": PASSWORD, "new_password": OTHER, "keep_api_tokens": true,
    });
    let changed = lena.put("/api/v1/users/me/password", change).await;
    let told = changed.expect_status(200);
    assert_eq!(told["api_tokens_ended"], 0);
    assert_eq!(told["api_tokens_kept"], 1);
    let mail = app
        .mail("lena@example.org", "Your password was changed")
        .await;
    let text = mail.text.replace("\r\n", " ");
    assert!(text.contains("API tokens are still valid (1)"), "{text}");
    assert!(!text.contains("deleted"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_reset_says_so_and_ends_the_old_password() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    let lena = app.learner().await;
    let id = lena.get("/api/v1/users/me").await.expect_status(200)["id"].clone();
    let path = format!(
        "/api/v1/users/{}/password-reset",
        id.as_str().expect("an id")
    );
    admin.touch(&path).await.expect_status(202);
    let mail = app
        .mail("lena@example.org", "Your account needs a new password")
        .await;
    assert!(!mail.text.contains("stays the same"), "{}", mail.text);
    let login = json!({ "login": "lena", "password": PASSWORD });
    app.anonymous()
        .post("/api/v1/auth/login", login)
        .await
        .expect_problem(403, "auth.password_reset_required");
    let set = json!({ "token": mail.token(), "new_password": OTHER });
    app.anonymous()
        .post("/api/v1/auth/password/reset", set)
        .await
        .expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_changes_nothing_is_reported_or_leaves_everything_as_it_is() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let fault = |problem: serde_json::Value| problem["errors"][0]["code"].clone();
    let same = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
    let refused = lena.put("/api/v1/users/me/password", same).await;
    let refused = refused.expect_problem(422, "request.invalid");
    assert_eq!(fault(refused), "password_unchanged");
    let own = json!({ "email": "LENA@example.org" });
    let refused = lena.post("/api/v1/users/me/email", own).await;
    assert_eq!(
        fault(refused.expect_problem(422, "request.invalid")),
        "unchanged"
    );
    let before = lena.get("/api/v1/users/me").await.etag();
    let after = lena.patch("/api/v1/users/me", json!({})).await;
    assert_eq!(after.etag(), before);
    after.expect_status(200);
    let course = json!({ "title": "Mine", "difficulty": "beginner" });
    let ines = app.instructor().await;
    let made = ines.post("/api/v1/courses", course).await;
    let before = made.etag();
    let made = made.expect_status(201);
    let path = format!("/api/v1/courses/{}", made["slug"].as_str().expect("a slug"));
    let after = ines.patch(&path, json!({ "title": "Mine" })).await;
    assert_eq!(after.etag(), before);
    after.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_is_reported_once_the_password_is_right() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    let lena = app.learner().await;
    let me = lena.get("/api/v1/users/me").await.expect_status(200);
    let path = format!("/api/v1/users/{}", me["id"].as_str().expect("an id"));
    admin
        .patch(&path, json!({ "disabled": true }))
        .await
        .expect_status(200);
    for (password, status, code) in [
        (PASSWORD, 403, "auth.account_disabled"),
        (OTHER, 401, "auth.credentials_invalid"),
    ] {
        let login = json!({ "login": "lena", "password": password });
        let refused = app.anonymous().post("/api/v1/auth/login", login).await;
        refused.expect_problem(status, code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_addresses_and_languages_that_mislead_are_refused() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for (field, value) in [
        ("display_name", " "),
        ("display_name", "\u{200B}"),
        ("display_name", "\u{3164}"),
        ("display_name", "Ada\u{202E}nimda"),
        ("display_name", "Ada\u{61C}"),
        ("display_name", "A\u{AD}da"),
        ("display_name", "A\u{180E}da"),
        ("display_name", "A\u{FFF9}da"),
        ("display_name", "A\u{E0041}da"),
        ("display_name", "\u{FE0F}\u{34F}"),
        ("display_name", "Ada\nBcc: x"),
        ("email", "ada@[127.0.0.1]"),
        ("email", "ada@localhost"),
        ("email", "ada@127.0.0.1"),
        ("locale", "xx"),
        ("locale", "en-ZZQ"),
    ] {
        let mut wanted = registration("ada", "ada@example.org");
        wanted[field] = json!(value);
        let refused = client.post("/api/v1/auth/register", wanted).await;
        assert_eq!(refused.status, 422, "{field} {value:?}: {}", refused.text);
        let problem = refused.json();
        assert_eq!(
            problem["errors"][0]["pointer"],
            format!("/{field}"),
            "{problem}"
        );
    }
    for (number, name) in ["Ada Lovelace", "آدا", "李 小龍", "👩\u{200D}🚀"]
        .iter()
        .enumerate()
    {
        let mut wanted = registration(&format!("ada{number}"), &format!("ada{number}@example.org"));
        wanted["display_name"] = json!(name);
        wanted["locale"] = json!("pt-BR");
        let made = client
            .post("/api/v1/auth/register", wanted)
            .await
            .expect_status(201);
        assert_eq!(made["display_name"], *name);
    }
    let lena = app.learner().await;
    let token = json!({ "name": "a\u{2066}b", "scopes": ["progress:read"] });
    let refused = lena.post("/api/v1/users/me/tokens", token).await;
    refused.expect_problem(422, "request.invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_by_email_and_the_old_one_can_undo_it() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    lena.post(
        "/api/v1/users/me/email",
        json!({ "email": "lena@new.example" }),
    )
    .await
    .expect_status(202);
    let mail = app.mail("lena@new.example", "#token=").await;
    let alone = redeem(&lena, &mail.token()).await;
    let alone = alone.expect_problem(422, "request.invalid");
    assert_eq!(alone["errors"][0]["pointer"], "/password");
    let body = json!({ "token": mail.token(), "password": PASSWORD });
    let moved = lena.post("/api/v1/auth/email/verify", body).await;
    let moved = moved.expect_status(200);
    assert_eq!(moved["email"], "lena@new.example");
    let undo = app.mail("lena@example.org", "/account/undo#token=").await;
    let back = redeem(&app.anonymous(), &undo.token())
        .await
        .expect_status(200);
    assert_eq!(back["email"], "lena@example.org");
    let login = json!({ "login": "lena", "password": PASSWORD });
    app.anonymous()
        .post("/api/v1/auth/login", login)
        .await
        .expect_problem(403, "auth.password_reset_required");
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_arrives_by_email_and_makes_an_account() {
    let app = AppTest::spawn_with(&[("auth.registration", "invite")]).await;
    let ivan = app.instructor().await;
    let client = app.anonymous();
    client
        .post(
            "/api/v1/auth/register",
            registration("ada", "ada@example.org"),
        )
        .await
        .expect_problem(403, "auth.invitation_required");
    let invite = json!({ "email": "ada@example.org", "locale": "de" });
    let made = ivan.post("/api/v1/auth/invitations", invite).await;
    let made = made.expect_status(201);
    assert_eq!(made["roles"], json!(["student"]));
    let mail = app.mail("ada@example.org", "/account/invite#token=").await;
    let mut wanted = registration("ada", "ada@example.org");
    wanted["invitation"] = json!(mail.token());
    let account = client.post("/api/v1/auth/register", wanted).await;
    assert_eq!(account.expect_status(201)["email_verified"], true);
    let admin = app.admin().await;
    let listed = admin
        .get("/api/v1/auth/invitations")
        .await
        .expect_status(200);
    assert!(listed["items"][0]["accepted_at"].is_string(), "{listed}");
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_requests_at_once_send_one_email_whose_link_no_list_shows() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let admin = app.admin().await;
    for _ in 0..3 {
        app.anonymous()
            .post(
                "/api/v1/auth/password/forgot",
                json!({ "email": "lena@example.org" }),
            )
            .await
            .expect_status(202);
    }
    let newest = app.mail("lena@example.org", "/account/reset#token=").await;
    app.settle().await;
    let deliveries = admin
        .get("/api/v1/notifications/deliveries?limit=200")
        .await
        .expect_status(200);
    let letters: Vec<_> = deliveries["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter(|one| one["template"] == "reset_password")
        .collect();
    assert_eq!(letters.len(), 1, "{deliveries}");
    assert!(!deliveries.to_string().contains(&newest.token()));
    drop(lena);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_token_does_what_its_scopes_say_and_nothing_else() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let wanted = json!({ "name": "dashboard", "scopes": ["progress:read"] });
    let made = lena
        .post("/api/v1/users/me/tokens", wanted)
        .await
        .expect_status(201);
    let mut program = app.anonymous();
    program.token = made["token"].as_str().map(str::to_owned);
    program.get("/api/v1/progress").await.expect_status(200);
    program
        .get("/api/v1/users/me")
        .await
        .expect_problem(403, "auth.scope_required");
    let refused = program.post("/api/v1/auth/logout", json!({})).await;
    let refused = refused.expect_problem(403, "auth.scope_required");
    let detail = refused["detail"].as_str().expect("a detail");
    assert!(
        detail.starts_with("this operation accepts no API token"),
        "{detail}"
    );
    program
        .post(
            "/api/v1/courses",
            json!({ "title": "x", "difficulty": "beginner" }),
        )
        .await
        .expect_problem(403, "auth.scope_required");
    let more = json!({ "name": "more", "scopes": ["profile:write"] });
    program
        .post("/api/v1/users/me/tokens", more)
        .await
        .expect_problem(403, "auth.scope_required");
    let unknown = json!({ "name": "x", "scopes": ["everything"] });
    lena.post("/api/v1/users/me/tokens", unknown)
        .await
        .expect_problem(422, "request.invalid");
    let path = format!(
        "/api/v1/users/me/tokens/{}",
        made["id"].as_str().expect("an id")
    );
    lena.delete(&path).await.expect_status(204);
    program
        .get("/api/v1/progress")
        .await
        .expect_problem(401, "auth.token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_shows_what_its_user_allows() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let other = app.new_user("otto", &[Role::Student]).await;
    let admin = app.admin().await;
    let me = lena.get("/api/v1/users/me").await.expect_status(200);
    let path = format!(
        "/api/v1/users/{}/profile",
        me["id"].as_str().expect("an id")
    );
    let avatar = "https://example.org/lena.png";
    let patch = json!({ "bio": "I learn.", "avatar_url": avatar });
    lena.patch("/api/v1/users/me", patch)
        .await
        .expect_status(200);
    assert_eq!(
        other.get(&path).await.expect_status(200)["avatar_url"],
        avatar
    );
    lena.patch("/api/v1/users/me", json!({ "visibility": "names" }))
        .await
        .expect_status(200);
    let names = other.get(&path).await.expect_status(200);
    let mut keys: Vec<_> = names.as_object().expect("fields").keys().collect();
    keys.sort_unstable();
    assert_eq!(keys, ["display_name", "id", "username"]);
    lena.patch("/api/v1/users/me", json!({ "visibility": "hidden" }))
        .await
        .expect_status(200);
    other.get(&path).await.expect_problem(404, "user.not_found");
    lena.get(&path).await.expect_status(200);
    assert_eq!(admin.get(&path).await.expect_status(200)["bio"], "I learn.");
    for url in [
        "https://127.0.0.1/a.png",
        "https://intranet/a.png",
        "http://example.org/a.png",
    ] {
        let refused = lena
            .patch("/api/v1/users/me", json!({ "avatar_url": url }))
            .await;
        let problem = refused.expect_problem(422, "request.invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/avatar_url", "{url}");
    }
    lena.patch("/api/v1/users/me", json!({ "avatar_url": null }))
        .await
        .expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_owes_a_second_factor_can_set_it_up_or_leave_and_nothing_else() {
    let app = AppTest::spawn_with(&[("auth.mfa_roles", "student")]).await;
    let lena = app.learner().await;
    lena.get("/api/v1/users/me")
        .await
        .expect_problem(403, "auth.scope_required");
    lena.post("/api/v1/auth/mfa/totp", json!({}))
        .await
        .expect_status(201);
    lena.post("/api/v1/auth/logout", json!({}))
        .await
        .expect_status(204);
    lena.post("/api/v1/auth/mfa/totp", json!({}))
        .await
        .expect_problem(401, "auth.token_invalid");
}
