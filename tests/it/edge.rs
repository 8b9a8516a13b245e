//! What holds for every answer: problems, headers, limits, probes and an orderly end.

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::client::send;
use crate::support::storage::Storage;
use crate::support::{AppTest, Process};

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_and_a_wrong_method_are_problems() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    client
        .get("/nowhere")
        .await
        .expect_problem(404, "request.route_not_found");
    client
        .get("/api/v1/nowhere")
        .await
        .expect_problem(404, "request.route_not_found");
    client
        .get("/api/v1/courses/")
        .await
        .expect_problem(404, "request.route_not_found");
    let answer = client.delete("/api/v1/courses").await;
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    answer.expect_problem(405, "request.method_not_allowed");
    let answer = send(client.request(Method::TRACE, "/api/v1/courses")).await;
    answer.expect_problem(405, "request.method_not_allowed");
    let answer = send(client.request(Method::OPTIONS, "/api/v1/courses")).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
}

/// RFC 6797, section 7.2.
#[tokio::test(flavor = "multi_thread")]
async fn only_an_installation_that_is_reached_by_tls_asks_for_it() {
    for (public_url, asked) in [
        (
            "https://gopro.test",
            Some("max-age=31536000; includeSubDomains"),
        ),
        ("http://gopro.test", None),
    ] {
        let app = AppTest::spawn_with(&[("server.public_url", public_url)]).await;
        for path in ["/api/v1/courses", "/nowhere", "/docs/", "/livez"] {
            let answer = app.anonymous().get(path).await;
            assert_eq!(answer.header("strict-transport-security"), asked, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_a_request_id_and_the_security_headers() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for path in ["/api/v1/courses", "/nowhere", "/docs/", "/livez"] {
        let answer = client.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("base-uri 'none'"), "{path}: {policy}");
        assert!(answer.header("cache-control").is_some(), "{path}");
        assert!(
            answer
                .header("x-request-id")
                .is_some_and(|id| id.len() == 36),
            "{path}"
        );
    }
    let request = client
        .request(Method::GET, "/livez")
        .header("X-Request-Id", "my-own-id-1");
    assert_eq!(
        send(request).await.header("x-request-id"),
        Some("my-own-id-1")
    );
    let request = client
        .request(Method::GET, "/livez")
        .header("X-Request-Id", "no spaces allowed");
    assert_ne!(
        send(request).await.header("x-request-id"),
        Some("no spaces allowed")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_compressed_or_not_json_are_refused() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    let post = || client.request(Method::POST, "/api/v1/auth/login");
    let huge = format!("{{\"login\":\"{}\"}}", "a".repeat(2_000_000));
    let answer = send(post().header("Content-Type", "application/json").body(huge)).await;
    answer.expect_problem(413, "request.too_large");
    let answer = send(post().header("Content-Type", "text/plain").body("{}")).await;
    answer.expect_problem(415, "request.media_type_unsupported");
    for (kind, status) in [
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=\"UTF-8\"", 422),
    ] {
        let answer = send(post().header("Content-Type", kind).body("{}")).await;
        assert_eq!(answer.status, status, "{kind}");
    }
    let answer = send(post().header("Content-Encoding", "gzip").json(&json!({}))).await;
    answer.expect_problem(415, "request.content_encoding_unsupported");
    let answer = send(
        post()
            .header("Content-Type", "application/json")
            .body("{\"login\": "),
    )
    .await;
    let problem = answer.expect_problem(400, "request.malformed");
    assert!(
        problem["detail"]
            .as_str()
            .expect("a detail")
            .contains("line 1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_body_are_reported_at_once_and_no_value_is_repeated() {
    let app = AppTest::spawn().await;
    let body = json!({
        "username": "a!",
        "email": "no address",
        "password": "sesame-secret\u{0}",
        "display_name": 7,
        "is_admin": true,
    });
    let answer = app.anonymous().post("/api/v1/auth/register", body).await;
    assert!(
        !answer.text.contains("sesame-secret"),
        "the password was repeated: {}",
        answer.text
    );
    let problem = answer.expect_problem(422, "request.invalid");
    let errors = problem["errors"].as_array().expect("errors");
    let mut pointers: Vec<_> = errors
        .iter()
        .filter_map(|error| error["pointer"].as_str())
        .collect();
    pointers.sort_unstable();
    pointers.dedup();
    assert_eq!(
        pointers,
        [
            "/display_name",
            "/email",
            "/is_admin",
            "/password",
            "/username"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_cannot_be_read_names_its_place() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for (body, pointer) in [
        ("{\"username\": \"\\ud800\"}", "/username"),
        ("{\"email\": 1e400}", "/email"),
        ("{\"a\": 1, \"password\": \"\\x\"}", "/password"),
    ] {
        let request = client.request(Method::POST, "/api/v1/auth/register");
        let request = request.header("Content-Type", "application/json");
        let answer = send(request.body(body)).await;
        let problem = answer.expect_problem(400, "request.malformed");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_query_parameter_and_a_foreign_cursor_are_refused() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    let problem = client
        .get("/api/v1/courses?colour=red&limit=0")
        .await
        .expect_problem(400, "request.query_invalid");
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["pointer"].clone())
        .collect();
    assert_eq!(pointers.len(), 2, "{problem}");
    assert!(
        pointers.contains(&json!("/query/colour")) && pointers.contains(&json!("/query/limit")),
        "{problem}"
    );
    client
        .get("/api/v1/courses?cursor=AAAA")
        .await
        .expect_problem(400, "request.query_invalid");
    client
        .get("/api/v1/courses?limit=1&limit=2")
        .await
        .expect_problem(400, "request.query_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_origins_may_call_from_a_browser() {
    let app = AppTest::spawn_with(&[("cors.allowed_origins", "https://app.example")]).await;
    let client = app.anonymous();
    let from = |origin: &'static str| {
        client
            .request(Method::GET, "/api/v1/courses")
            .header("Origin", origin)
    };
    let good = send(from("https://app.example")).await;
    assert_eq!(
        good.header("access-control-allow-origin"),
        Some("https://app.example")
    );
    assert!(
        good.header("vary")
            .is_some_and(|vary| vary.to_lowercase().contains("origin"))
    );
    let evil = send(from("https://app.example.evil")).await;
    assert_eq!(evil.header("access-control-allow-origin"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_answered_with_how_long_to_wait() {
    let app = AppTest::spawn_with(&[("limits.requests_per_minute", "3")]).await;
    let client = app.anonymous();
    for left in [2, 1, 0] {
        let answer = client.get("/api/v1/courses").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"user\";q=3;w=60"));
        let state = answer.header("ratelimit").expect("RateLimit");
        assert!(
            state.starts_with(&format!("\"user\";r={left};t=")),
            "{state}"
        );
    }
    let answer = client.get("/api/v1/courses").await;
    let wait: u64 = answer
        .header("retry-after")
        .expect("Retry-After")
        .parse()
        .expect("seconds");
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(answer.header("ratelimit-policy"), Some("\"user\";q=3;w=60"));
    answer.expect_problem(429, "request.rate_limited");
    for spelling in [
        "/%61pi/v1/courses",
        "/api/%761/courses",
        "/%61%70%69/v1/courses",
        "/openapi.json",
        "/docs/",
        "/docs/swagger-ui-bundle.js",
    ] {
        let answer = client.get(spelling).await;
        answer.expect_problem(429, "request.rate_limited");
    }
    assert_eq!(
        client.get("/livez").await.status,
        200,
        "probes are not counted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_stall_take_up_a_few_places_of_their_sender_alone() {
    let app = AppTest::demo_and(&[("limits.requests_per_minute", "600")]).await;
    let client = app.learner().await;
    let address = app.url().replace("http://", "");
    let token = client.token.clone().expect("a token");
    let head = format!(
        "PATCH /api/v1/users/me HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nIf-Match: *\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{{"
    );
    let mut stalled = Vec::new();
    for _ in 0..33 {
        let mut stream = tokio::net::TcpStream::connect(&address)
            .await
            .expect("open");
        stream.write_all(head.as_bytes()).await.expect("sent");
        stalled.push(stream);
    }
    // Once one of them is refused, the others have every place.
    let answers = stalled.iter().map(|stream| Box::pin(stream.readable()));
    let (answered, ..) = futures::future::select_all(answers).await;
    answered.expect("an answer");
    let refused = client.get("/api/v1/users/me").await;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.expect_problem(429, "request.concurrency_limit_exceeded");
    let others = app.anonymous().get("/api/v1/courses").await;
    assert_eq!(others.status, 200, "{}", others.text);
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_answer_and_operators_use_another_listener() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for path in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
    for path in ["/metrics", "/health"] {
        client
            .get(path)
            .await
            .expect_problem(404, "request.route_not_found");
    }
    let internal = client.at(&app.internal_url());
    let health = internal.get("/health").await.expect_status(200);
    assert_eq!(health["modules"].as_object().expect("modules").len(), 4);
    client.get("/api/v1/courses").await.expect_status(200);
    let metrics = internal.get("/metrics").await.text;
    assert!(
        metrics.contains("http_route=\"/api/v1/courses\""),
        "{metrics}"
    );
    assert!(metrics.contains("http_route=\"unmatched\""), "{metrics}");
    assert!(
        metrics.contains("gopro_event_backlog{module=\"course\",place=\"outbox_pending\"}"),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn head_answers_as_get_without_a_body() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    let get = client.get("/api/v1/courses").await;
    let head = send(client.request(Method::HEAD, "/api/v1/courses")).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert_eq!(head.header("etag"), get.header("etag"));
    assert!(head.text.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_has_is_not_sent_again() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    let etag = client.get("/api/v1/courses").await.etag();
    let request = client
        .request(Method::GET, "/api/v1/courses")
        .header("If-None-Match", &etag);
    let answer = send(request).await;
    assert_eq!(answer.status, 304);
    assert!(answer.text.is_empty());
    assert_eq!(answer.header("etag"), Some(etag.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_nobody_issued_are_refused() {
    let app = AppTest::spawn().await;
    let mut client = app.anonymous();
    let problem = client.get("/api/v1/users/me").await;
    assert!(problem.header("www-authenticate").is_some());
    problem.expect_problem(401, "auth.token_required");
    for token in ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        client.token = Some(token.to_owned());
        client
            .get("/api/v1/users/me")
            .await
            .expect_problem(401, "auth.token_invalid");
        client
            .get("/api/v1/courses")
            .await
            .expect_problem(401, "auth.token_invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_server_finishes_and_exits_with_0() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &[]).await;
    server
        .client()
        .get("/api/v1/courses")
        .await
        .expect_status(200);
    assert_eq!(server.terminate(), 0);
}
