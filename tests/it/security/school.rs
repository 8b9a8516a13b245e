//! Signing in with the provider of a school: what it says of users and where, two tabs, and second thoughts.

use reqwest::Method;
use serde_json::{Value, json};

use super::providers::{FederationTest, client_of};
use crate::support::Answer;
use crate::support::client::send;

/// Comes back from the provider with a change of mind, in this browser.
async fn cancel(test: &FederationTest, accept: &str) -> Answer {
    let anonymous = test.app.anonymous();
    let begun = test.begin(&anonymous, "school", "").await;
    let query = [
        ("error", "access_denied"),
        ("state", &begun.state),
        ("iss", &begun.issuer),
    ];
    let request = anonymous.request(Method::GET, "/api/v1/auth/providers/school/callback");
    let request = request.query(&query).header("Accept", accept);
    send(request.header("Cookie", &begun.cookie)).await
}

/// An ID token that names the subject alone, and what the provider says elsewhere.
fn elsewhere(test: &FederationTest, said: Value) -> impl FnOnce(&mut Value) {
    let idp = test.idp("school");
    let address = format!("{}/userinfo", idp.url);
    let mut state = idp.state();
    state.discovery["userinfo_endpoint"] = json!(address);
    state.user_info = said;
    |claims: &mut Value| {
        for name in ["email", "email_verified", "preferred_username", "name"] {
            claims.as_object_mut().expect("claims").remove(name);
        }
    }
}

fn said_of_jo() -> Value {
    json!({
        "sub": "248289761001", "email": "jo@example.net", "email_verified": true,
        "preferred_username": "J\u{fc}rgen M\u{fc}ller", "name": "J\u{fc}rgen M\u{fc}ller",
        "locale": "de_AT", "zoneinfo": "Europe/Vienna",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_the_id_token_is_asked_of_the_provider() {
    let test = FederationTest::new(&[]).await;
    let tokens = test.sign_in("school", elsewhere(&test, said_of_jo())).await;
    let jo = client_of(&test.app, &tokens.expect_status(200));
    let me = jo.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(me["email"], "jo@example.net");
    assert_eq!(me["username"], "Jurgen.Muller");
    assert_eq!(me["display_name"], "J\u{fc}rgen M\u{fc}ller");
    assert_eq!(me["locale"], "de-AT");
    assert_eq!(me["time_zone"], "Europe/Vienna");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_says_of_somebody_else_is_refused() {
    let test = FederationTest::new(&[]).await;
    let mut said = said_of_jo();
    said["sub"] = json!("another");
    let before = test.counts().await;
    let answer = test.sign_in("school", elsewhere(&test, said)).await;
    answer.expect_problem(401, "auth.sign_in_invalid");
    test.expect_refused("another subject", "user_info_subject", before)
        .await;
    let before = test.counts().await;
    let answer = test
        .sign_in("school", elsewhere(&test, json!("signed")))
        .await;
    answer.expect_problem(503, "auth.provider_unavailable");
    test.expect_refused("no JSON object", "user_info_answer", before)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_language_or_time_zone_costs_nobody_their_account() {
    let test = FederationTest::new(&[]).await;
    let odd = |claims: &mut Value| {
        claims["locale"] = json!("no such language");
        claims["zoneinfo"] = json!("Moon/Base");
    };
    let tokens = test.sign_in("school", odd).await.expect_status(200);
    let nora = client_of(&test.app, &tokens);
    let me = nora.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(
        (&me["locale"], &me["time_zone"]),
        (&json!("en"), &json!("UTC"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_one_browser_sign_in_at_once() {
    let test = FederationTest::new(&[]).await;
    let anonymous = test.app.anonymous();
    let mut first = test.begin(&anonymous, "school", "").await;
    let mut second = test.begin(&anonymous, "work", "").await;
    let names = [&first, &second].map(|begun| begun.cookie.split('=').next());
    assert_ne!(names[0], names[1], "neither takes the other's place");
    let both = format!("{}; {}", first.cookie, second.cookie);
    second.cookie.clone_from(&both);
    first.cookie = both;
    test.finish(&second).await.expect_status(200);
    test.finish(&first).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_a_new_user_make_one_account() {
    let test = FederationTest::new(&[]).await;
    let anonymous = test.app.anonymous();
    let first = test.begin(&anonymous, "school", "").await;
    let second = test.begin(&anonymous, "work", "").await;
    let before = test.audited("account.created").await.len();
    let (first, second) = tokio::join!(test.finish(&first), test.finish(&second));
    let mut users = Vec::new();
    for answer in [first, second] {
        let user = client_of(&test.app, &answer.expect_status(200));
        let me = user.get("/api/v1/users/me").await.expect_status(200);
        users.push(me["id"].clone());
    }
    assert_eq!(users[0], users[1]);
    assert_eq!(test.audited("account.created").await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_is_told_so_as_a_browser_or_a_program_reads_it() {
    let test = FederationTest::new(&[]).await;
    let program = cancel(&test, "application/json").await;
    program.expect_problem(403, "auth.sign_in_canceled");
    let browser = cancel(&test, "text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(browser.status, 303, "{}", browser.text);
    let page = "/account/sign-in#error=auth.sign_in_canceled";
    assert_eq!(browser.header("location"), Some(page));
    let cookie = browser.header("set-cookie").expect("the cookie goes");
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    test.app
        .anonymous()
        .get("/account/sign-in")
        .await
        .expect_status(200);
}

/// The roles of who signs in as a member of these groups.
async fn roles_of(test: &FederationTest, groups: &[&str]) -> Value {
    let groups = json!({ "roles": groups });
    let member = |claims: &mut Value| claims["realm_access"] = groups;
    let tokens = test.sign_in("school", member).await.expect_status(200);
    let nora = client_of(&test.app, &tokens);
    let me = nora.get("/api/v1/users/me").await.expect_status(200);
    me["roles"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_the_settings_makes_roles_of_groups_and_takes_what_it_gave() {
    let test = FederationTest::new(&[
        ("auth.providers.school.role_claim", "realm_access.roles"),
        ("auth.providers.school.instructors", "teachers"),
        ("auth.providers.school.admins", "it"),
    ])
    .await;
    let student = json!(["student"]);
    let instructor = json!(["student", "instructor"]);
    assert_eq!(roles_of(&test, &["teachers"]).await, instructor);
    assert_eq!(roles_of(&test, &["pupils"]).await, student);
    assert_eq!(
        roles_of(&test, &["teachers", "it"]).await,
        json!(["student", "admin"])
    );
    assert_eq!(roles_of(&test, &["teachers"]).await, instructor);
    let changes = test.audited("roles.changed").await;
    assert!(!changes.is_empty(), "each change is in the audit log");
    // What an administrator gives stays, whatever the provider says.
    assert_eq!(roles_of(&test, &[]).await, student);
    let users = test
        .admin
        .get("/api/v1/users?q=nora")
        .await
        .expect_status(200);
    let id = users["items"][0]["id"].as_str().expect("an id");
    let path = format!("/api/v1/users/{id}");
    let given = json!({ "roles": ["student", "instructor"] });
    test.admin.patch(&path, given).await.expect_status(200);
    assert_eq!(roles_of(&test, &["teachers"]).await, instructor);
    assert_eq!(roles_of(&test, &[]).await, instructor);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_a_provider_gave_goes_with_its_identity() {
    let test = FederationTest::new(&[
        ("auth.providers.school.role_claim", "groups"),
        ("auth.providers.school.instructors", "teachers"),
    ])
    .await;
    let teacher = |claims: &mut Value| claims["groups"] = json!(["teachers"]);
    let tokens = test.sign_in("school", teacher).await.expect_status(200);
    let nora = client_of(&test.app, &tokens);
    let begun = test.begin(&nora, "work", "").await;
    test.finish(&begun).await.expect_status(200);
    let path = "/api/v1/users/me/identities";
    let mine = nora.get(path).await.expect_status(200);
    let school = mine["items"][0]["id"].as_str().expect("an id");
    assert_eq!(mine["items"][0]["provider"], "school");
    nora.delete(&format!("{path}/{school}"))
        .await
        .expect_status(204);
    let tokens = test.sign_in("work", |_| {}).await.expect_status(200);
    let nora = client_of(&test.app, &tokens);
    let me = nora.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(me["roles"], json!(["student"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_the_provider_does_not_say_change_nothing() {
    let test = FederationTest::new(&[
        ("auth.providers.school.role_claim", "groups"),
        ("auth.providers.school.instructors", "teachers"),
    ])
    .await;
    let roles = async |change: &dyn Fn(&mut Value)| {
        let tokens = test.sign_in("school", |claims| change(claims)).await;
        let nora = client_of(&test.app, &tokens.expect_status(200));
        let me = nora.get("/api/v1/users/me").await.expect_status(200);
        me["roles"].clone()
    };
    let instructor = json!(["student", "instructor"]);
    let teacher = |claims: &mut Value| claims["groups"] = json!(["teachers"]);
    assert_eq!(roles(&teacher).await, instructor);
    let too_many = |claims: &mut Value| claims["_claim_names"] = json!({ "groups": "src1" });
    assert_eq!(roles(&too_many).await, instructor);
    // They may stand elsewhere while the email address is in the ID token.
    let elsewhere = json!({ "sub": "248289761001", "groups": ["teachers"] });
    let test = FederationTest::new(&[
        ("auth.providers.school.role_claim", "groups"),
        ("auth.providers.school.instructors", "teachers"),
    ])
    .await;
    let idp = test.idp("school");
    let address = format!("{}/userinfo", idp.url);
    idp.state().discovery["userinfo_endpoint"] = json!(address);
    idp.state().user_info = elsewhere;
    let tokens = test.sign_in("school", |_| {}).await.expect_status(200);
    let nora = client_of(&test.app, &tokens);
    let me = nora.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(me["roles"], instructor);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_secret_is_a_fault_of_the_installation() {
    let wrong = ("auth.providers.school.client_secret", "another secret");
    let test = FederationTest::new(&[wrong]).await;
    let before = test.counts().await;
    let answer = test.sign_in("school", |_| {}).await;
    answer.expect_problem(503, "auth.provider_unavailable");
    test.expect_refused("a wrong secret", "client_rejected", before)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_rule_no_group_makes_a_role() {
    let test = FederationTest::new(&[]).await;
    let roles = roles_of(&test, &["teachers", "it", "admin"]).await;
    assert_eq!(roles, json!(["student"]));
}
