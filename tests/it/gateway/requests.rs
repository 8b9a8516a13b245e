//! What of a request reaches a service, and what of its answer the client.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::client::send;
use crate::support::gateway::{GatewayTest, Reply, ScriptedService};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_learns_the_client_only_from_the_gateway() {
    let service = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&service, &[]).await;
    let request = front
        .anonymous()
        .request(Method::GET, "/api/v1/courses?limit=2&search=a%2Fb")
        .header("Connection", "X-Mine")
        .header("X-Mine", "spoof")
        .header("TE", "trailers")
        .header("X-User-Id", "spoof")
        .header("X_User_Role", "spoof")
        .header("X-Forwarded-For", "spoof")
        .header("X-Forwarded-Host", "spoof")
        .header("Forwarded", "for=spoof")
        .header("X-Request-Deadline-Ms", "spoof")
        .header("X-Request-Id", "my-own-id-1")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        );
    let answer = send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-request-id"), Some("my-own-id-1"));
    let seen = service.seen().concat().to_lowercase();
    assert!(!seen.contains("spoof"), "{seen}");
    for line in [
        "get /api/v1/courses?limit=2&search=a%2fb http/1.1",
        "x-forwarded-for: 127.0.0.1",
        &format!("x-forwarded-host: {}", front.address()),
        &format!(
            "forwarded: for=127.0.0.1;host=\"{}\";proto=http",
            front.address()
        ),
        "x-request-id: my-own-id-1",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        &format!("host: {}", service.url().trim_start_matches("http://")),
    ] {
        let lines: Vec<_> = seen.lines().filter(|one| *one == line).collect();
        assert_eq!(lines, [line], "{seen}");
    }
    let left = seen
        .lines()
        .find_map(|line| line.strip_prefix("x-request-deadline-ms: "));
    let left: u64 = left.expect("a deadline").parse().expect("a number");
    assert!((1..=30_000).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_passes_without_the_headers_of_its_connection() {
    let inner = "Connection: X-Inner\r\nX-Inner: 1\r\nKeep-Alive: timeout=9\r\nAccess-Control-Allow-Origin: *\r\nVary: Accept-Language, Origin\r\nSet-Cookie: a=1\r\nSet-Cookie: gopro_sign_in_a=2\r\nX-Frame-Options: SAMEORIGIN\r\n";
    let service = ScriptedService::that(Reply::json("201 Created", inner, "{\"a\":1}")).await;
    let front = GatewayTest::before_service(&service, &[]).await;
    let answer = front
        .anonymous()
        .post("/api/v1/auth/register", json!({}))
        .await;
    assert_eq!((answer.status, &*answer.text), (201, "{\"a\":1}"));
    for name in [
        "connection",
        "x-inner",
        "keep-alive",
        "access-control-allow-origin",
    ] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    for name in [
        "x-request-id",
        "x-frame-options",
        "x-content-type-options",
        "vary",
    ] {
        let values = answer.headers.get_all(name).iter();
        assert_eq!(values.count(), 1, "{name}");
    }
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["gopro_sign_in_a=2"]);
    let vary = answer.header("vary").expect("Vary").to_lowercase();
    assert_eq!(vary.matches("origin").count(), 1, "{vary}");
    assert!(vary.contains("accept-language"), "{vary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_passed_on_and_an_unrequested_compressed_body_is_not() {
    let service = ScriptedService::that(Reply::json(
        "302 Found",
        "Location: https://idp.example/\r\n",
        "",
    ))
    .await;
    let front = GatewayTest::before_service(&service, &[]).await;
    let answer = front
        .anonymous()
        .get("/api/v1/auth/providers/google/callback")
        .await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some("https://idp.example/"));
    service.now(Reply::json(
        "200 OK",
        "Content-Encoding: gzip\r\n",
        "not read",
    ));
    let answer = front.anonymous().get("/api/v1/auth/providers").await;
    answer.expect_problem(502, "upstream.response_invalid");
    let seen = service.seen();
    let asked = seen
        .iter()
        .all(|request| request.contains("accept-encoding: identity"));
    assert!(asked, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_before_its_limit_is_passed() {
    let service = ScriptedService::that(Reply::ok()).await;
    let front =
        GatewayTest::before_service(&service, &[("server.body_limit_bytes", "100000")]).await;
    let client = front.anonymous();
    let login = || client.request(Method::POST, "/api/v1/auth/login");
    let answer = send(login().body("a".repeat(100_001))).await;
    answer.expect_problem(413, "request.too_large");
    assert_eq!(service.seen().len(), 0, "its length said enough");

    let body = "a".repeat(100_000);
    assert_eq!(send(login().body(body.clone())).await.status, 200);
    let seen = service.seen().concat();
    assert!(seen.ends_with(&body), "{} bytes arrived", seen.len());

    let mut stream = TcpStream::connect(front.address())
        .await
        .expect("a connection");
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let piece = format!("{:x}\r\n{}\r\n", 10_000, "b".repeat(10_000));
    for _ in 0..11 {
        // It may have been refused already.
        let _ = stream.write_all(piece.as_bytes()).await;
    }
    let answer = first_line(&mut stream).await;
    assert_eq!(answer, "HTTP/1.1 413 Payload Too Large");
    service.has_seen(2).await;
    let seen = service.seen();
    let (_, body) = seen[1].split_once("\r\n\r\n").expect("a body");
    let arrived = body.bytes().filter(|byte| *byte == b'b').count();
    assert!(arrived <= 100_000, "{arrived} bytes arrived");
    println!("R-27 a body over the limit of 100,000 bytes: 413 after {arrived} of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_two_servers_could_read_differently_reach_no_service() {
    let service = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&service, &[]).await;
    let smuggled = "GET /api/v1/users HTTP/1.1\r\nHost: a\r\n\r\n";
    let length = smuggled.len() + 5;
    for head in [
        format!(
            "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
        ),
        format!(
            "Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{smuggled}"
        ),
        format!("Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{smuggled}"),
        format!("Content-Length: +5\r\n\r\n{smuggled}"),
        format!(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{smuggled}"
        ),
        format!("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{smuggled}"),
    ] {
        let mut stream = TcpStream::connect(front.address())
            .await
            .expect("a connection");
        let request = format!("POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\n{head}");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("it is closed");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{head:?}: {answer}");
    }
    assert_eq!(service.seen().len(), 0, "{:?}", service.seen());
}

async fn first_line(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 1024];
    while !text.contains(&b'\n') {
        let count = stream.read(&mut buffer).await.expect("an answer");
        assert_ne!(count, 0, "the connection was closed");
        text.extend_from_slice(&buffer[..count]);
    }
    let text = String::from_utf8_lossy(&text);
    text.lines().next().unwrap_or_default().to_owned()
}
