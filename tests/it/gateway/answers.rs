//! Through the gateway everything is as it is without it.

use reqwest::Method;
use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::client::{Answer, send};
use crate::support::gateway::{GatewayTest, Reply, ScriptedService};
use crate::support::process;
use crate::support::storage::Storage;
use crate::support::{AppTest, Client, Process};

const COURSE: &str = "01940000-0000-7000-8000-000000000001";

/// The headers that say something about the answer, and not about when and where it was made.
fn headers(answer: &Answer) -> Vec<String> {
    let lines = answer.headers.iter().map(|(name, value)| {
        // The list of exposed headers has no order.
        let mut parts: Vec<_> = value.to_str().expect("text").split(", ").collect();
        parts.sort_unstable();
        format!("{name}: {}", parts.join(", "))
    });
    let passing = [
        "date:",
        "ratelimit:",
        "x-request-id:",
        "traceparent:",
        "content-length:",
    ];
    let mut lines: Vec<String> = lines
        .filter(|line| !passing.iter().any(|name| line.starts_with(name)))
        .collect();
    lines.sort();
    lines
}

/// Calls both and expects the same answer.
async fn same(direct: &Client, through: &Client, path: &str) -> Answer {
    let (one, other) = (direct.get(path).await, through.get(path).await);
    assert_eq!(one.status, other.status, "{path}: {}", other.text);
    assert_eq!(headers(&one), headers(&other), "{path}");
    if one.status < 400 {
        assert_eq!(one.text, other.text, "{path}");
    } else {
        let problem = one.json();
        let code = problem["code"].as_str().expect("a code");
        other.expect_problem(one.status, code);
    }
    one
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learners_way_is_the_same_through_the_gateway() {
    let app = AppTest::demo().await;
    let front = GatewayTest::before(&app, &[]).await;
    let mut learner = front.anonymous();
    for path in [
        "/api/v1/courses",
        "/api/v1/courses?limit=1",
        "/api/v1/courses?colour=red",
        "/api/v1/tags",
        "/api/v1/users/me",
        "/api/v1/nowhere",
        "/.well-known/jwks.json",
        "/livez",
        "/account/verify",
        "/problems/upstream.circuit_open",
    ] {
        same(&app.anonymous(), &learner, path).await;
    }
    app.learner().await;
    learner.log_in("lena", PASSWORD).await;
    let direct = learner.at(&app.url());
    let enroll = json!({ "course_id": COURSE });
    let enrolled = learner.post("/api/v1/progress/enrollments", enroll).await;
    let enrollment = enrolled.expect_status(201)["id"].clone();
    let enrollment = enrollment.as_str().expect("an id");
    app.settle().await;
    for path in [
        format!("/api/v1/courses/{COURSE}"),
        format!("/api/v1/progress/enrollments/{enrollment}"),
        "/api/v1/progress/next".to_owned(),
        "/api/v1/users/me".to_owned(),
        "/api/v1/users".to_owned(),
        "/api/v1/notifications/unread-count".to_owned(),
    ] {
        same(&direct, &learner, &path).await;
    }
    let inbox = learner
        .get("/api/v1/notifications")
        .await
        .expect_status(200);
    let first = inbox["items"][0]["id"].as_str().expect("a notice");
    let notice = format!("/api/v1/notifications/{first}");
    same(&direct, &learner, &notice).await;
    let read = learner.touch("/api/v1/notifications/read-all").await;
    read.expect_status_in(&[200, 204]);
    let unread = direct.get("/api/v1/notifications/unread-count").await;
    assert_eq!(unread.expect_status(200)["unread"], 0);
    learner.delete(&notice).await.expect_status(204);
    direct.get(&notice).await.expect_status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_methods_and_conditions_are_those_of_the_services() {
    let app = AppTest::demo().await;
    let front = GatewayTest::before(&app, &[]).await;
    let client = front.anonymous();
    let document = client.get("/openapi.json").await.expect_status(200);
    assert_eq!(document, app.anonymous().get("/openapi.json").await.json());
    let etag = client.get("/api/v1/courses").await.etag();
    let request = client.request(Method::GET, "/api/v1/courses");
    let unchanged = send(request.header("If-None-Match", etag)).await;
    assert_eq!((unchanged.status, &*unchanged.text), (304, ""));
    let head = send(client.request(Method::HEAD, "/api/v1/courses")).await;
    assert_eq!((head.status, &*head.text), (200, ""));
    let options = send(client.request(Method::OPTIONS, "/api/v1/courses")).await;
    assert_eq!(options.status, 204);
    assert_eq!(options.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    client
        .delete("/api/v1/courses")
        .await
        .expect_problem(405, "request.method_not_allowed");
    for path in ["/metrics", "/health"] {
        client
            .get(path)
            .await
            .expect_problem(404, "request.route_not_found");
    }
    assert_eq!(client.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_arrives_although_its_service_left_the_body_unread() {
    let app = AppTest::spawn().await;
    let front = GatewayTest::before(&app, &[]).await;
    let client = front.anonymous();
    for _ in 0..20 {
        let request = client.request(Method::POST, "/api/v1/auth/login");
        let request = request.header("Content-Type", "text/plain");
        let answer = send(request.body("a".repeat(1_000_000))).await;
        answer.expect_problem(415, "request.media_type_unsupported");
    }
    assert_eq!(front.breaker("user").await, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_checked_at_the_edge_and_an_api_token_goes_no_further() {
    let app = AppTest::demo().await;
    let front = GatewayTest::before(&app, &[]).await;
    let learner = app.log_in("learner").await;
    let service = ScriptedService::that(Reply::ok()).await;
    let course = [("gateway.course", &*service.url())];
    let scripted = GatewayTest::before(&app, &course).await;

    let mut stranger = scripted.anonymous();
    stranger.token = Some("a.b.c".to_owned());
    stranger
        .get("/api/v1/courses")
        .await
        .expect_problem(401, "auth.token_invalid");
    assert_eq!(service.seen().len(), 0);

    let wanted = json!({ "name": "script", "scopes": ["courses:read"] });
    let made = learner.post("/api/v1/users/me/tokens", wanted).await;
    let token = made.expect_status(201)["token"].clone();
    let mut script = scripted.anonymous();
    script.token = token.as_str().map(str::to_owned);
    script
        .get(&format!("/api/v1/courses/{COURSE}"))
        .await
        .expect_status(200);
    let seen = service.seen().concat().to_lowercase();
    assert!(seen.contains("authorization: bearer ey"), "{seen}");
    assert!(!seen.contains("gopro_pat_"), "{seen}");

    let script = script.at(&front.url());
    script
        .get(&format!("/api/v1/courses/{COURSE}"))
        .await
        .expect_status(200);
    script
        .get("/api/v1/progress")
        .await
        .expect_problem(403, "auth.scope_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_requested_by_module_or_at_each_service() {
    let app = AppTest::demo().await;
    let front = GatewayTest::before(&app, &[]).await;
    let admin = app.log_in("admin").await;
    let through = admin.at(&front.url());
    let problem = through.get("/api/v1/events/dead-letters").await;
    let problem = problem.expect_problem(400, "request.query_invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/query/module");
    same(
        &admin,
        &through,
        "/api/v1/events/dead-letters?module=course",
    )
    .await;

    let service = ScriptedService::that(Reply::json("404 Not Found", "", "{}")).await;
    let said = |module: &str| format!("{{\"modules\":[\"{module}\"]}}");
    let found = ScriptedService::that(Reply::json("202 Accepted", "", &said("progress"))).await;
    let other = ScriptedService::that(Reply::json("202 Accepted", "", &said("notification"))).await;
    let (away, here, there) = (service.url(), found.url(), other.url());
    let services = [
        ("gateway.user", &*away),
        ("gateway.course", &*away),
        ("gateway.progress", &*here),
        ("gateway.notification", &*there),
    ];
    let scripted = GatewayTest::before(&app, &services).await;
    let through = admin.at(&scripted.url());
    let event = format!("/api/v1/events/dead-letters/{COURSE}");
    let replayed = through.touch(&format!("{event}/replay")).await;
    let replayed = replayed.expect_status(202);
    assert_eq!(replayed["modules"], json!(["progress", "notification"]));
    found.now(Reply::json("404 Not Found", "", "{}"));
    other.now(Reply::json("404 Not Found", "", "{}"));
    through
        .get(&event)
        .await
        .expect_problem(404, "request.route_not_found");
    let asked = [&service, &found, &other].map(|one| one.seen().len());
    assert_eq!(asked, [4, 2, 2], "each of the four services, twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_missing_setting_is_reported_at_once() {
    let storage = Storage::new().await;
    let (code, _, errors) = process::run(process::gopro(&storage).arg("gateway"));
    assert_eq!(code, 1);
    for key in [
        "gateway.user",
        "gateway.course",
        "gateway.progress",
        "gateway.notification",
        "rpc.user",
    ] {
        assert!(errors.contains(key), "{key} is missing in {errors}");
    }
    assert!(
        !storage.folder.path().join("data").exists(),
        "it needs no data"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_pass_through_little_memory_and_sigterm_ends_with_0() {
    const PIECE: usize = 1_000_000;
    let piece = format!("{PIECE:x}\r\n{}\r\n", "a".repeat(PIECE));
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    let mut parts = vec![piece; 100];
    parts.insert(0, head);
    parts.push("0\r\n\r\n".to_owned());
    let service = ScriptedService::that(Reply::ok()).await;
    let storage = Storage::new().await;
    let url = service.url();
    let settings: Vec<String> = ["user", "course", "progress", "notification"]
        .iter()
        .map(|module| format!("--set=gateway.{module}={url}"))
        .chain(["--set=rpc.user=http://127.0.0.1:1".to_owned()])
        .collect();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let front = Process::gateway(&storage, &settings).await;
    let client = front.client();
    client
        .get("/api/v1/auth/providers")
        .await
        .expect_status(200);
    let before = front.peak_memory();
    service.pass(parts.len());
    service.now(Reply::Parts(parts));
    let answer = client.get("/api/v1/auth/providers").await;
    assert_eq!(answer.text.len(), 100 * PIECE);
    let grown = front.peak_memory() - before;
    assert!(grown < 20_000, "{grown} kB more");
    assert_eq!(front.terminate(), 0);
}
