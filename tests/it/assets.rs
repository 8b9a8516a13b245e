//! Assets of courses over real connections, to the server and through the gateway.

use reqwest::Method;
use serde_json::json;

use crate::support::client::send;
use crate::support::gateway::GatewayTest;
use crate::support::{Answer, AppTest, Client};

const COURSE: &str = "/api/v1/courses/go-from-zero";

/// A text of more than a body may have elsewhere.
fn large() -> String {
    "0123456789abcdef".repeat(2 * 64 * 1024)
}

async fn upload(client: &Client, name: &str, body: impl Into<reqwest::Body>) -> Answer {
    let path = format!("{COURSE}/assets?name={name}");
    send(client.request(Method::POST, &path).body(body)).await
}

/// An author uploads, publishes and deletes; a visitor gets what was published.
async fn an_asset_comes_and_goes(author: &Client, visitor: &Client, name: &str) {
    let first = upload(author, name, large()).await.expect_status(201);
    assert_eq!(first["bytes"], 2 * 1024 * 1024);
    upload(author, name, large()).await.expect_status(200);
    let huge = vec![b'a'; 10 * 1024 * 1024 + 1];
    upload(author, "huge.txt", huge)
        .await
        .expect_problem(413, "request.too_large");
    let wrong = upload(author, "a.png", "text").await;
    let wrong = wrong.expect_problem(422, "course.invalid");
    assert_eq!(wrong["errors"][0]["code"], "asset_content");
    upload(visitor, name, large())
        .await
        .expect_problem(401, "auth.token_required");

    let path = format!("{COURSE}/assets/{name}");
    visitor
        .get(&path)
        .await
        .expect_problem(404, "course.not_found");
    let notes = json!({ "change_notes": name });
    let publish = author.request(Method::POST, &format!("{COURSE}/publish"));
    let publish = publish.header("If-Match", "*").json(&notes);
    send(publish).await.expect_status(201);

    // What is public may be kept, and is sent as it is.
    let got = send(
        visitor
            .request(Method::GET, &path)
            .header("Accept-Encoding", "gzip, br"),
    )
    .await;
    assert_eq!((got.status, got.text.len()), (200, 2 * 1024 * 1024));
    let etag = format!("\"{}\"", first["sha256"].as_str().expect("a hash"));
    for (header, value) in [
        ("etag", etag.as_str()),
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "2097152"),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        (
            "cache-control",
            "public, max-age=60, stale-while-revalidate=300",
        ),
    ] {
        assert_eq!(got.header(header), Some(value), "{header}");
    }
    let policy = got.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("sandbox"), "{policy}");
    let attachment = format!("attachment; filename=\"{name}\"");
    assert_eq!(got.header("content-disposition"), Some(&*attachment));

    assert_eq!(got.header("content-encoding"), None);

    let head = send(visitor.request(Method::HEAD, &path)).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some("2097152"));
    // HEAD has no parts (RFC 9110, section 14.2).
    let head = visitor.request(Method::HEAD, &path);
    let head = send(head.header("Range", "bytes=16-25")).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-range"), None);
    assert_eq!(head.header("content-length"), Some("2097152"));
    let range = |range| {
        let request = visitor.request(Method::GET, &path);
        let request = request.header("Accept-Encoding", "gzip, br");
        request.header("Range", range)
    };
    let part = send(range("bytes=16-25")).await;
    assert_eq!((part.status, part.text.as_str()), (206, "0123456789"));
    assert_eq!(part.header("content-range"), Some("bytes 16-25/2097152"));
    let behind = visitor.request(Method::GET, &path);
    let behind = send(behind.header("Range", "bytes=2097152-")).await;
    assert_eq!(behind.header("content-range"), Some("bytes */2097152"));
    behind.expect_problem(416, "request.range_unsatisfiable");
    let known = visitor.request(Method::GET, &path);
    let known = send(known.header("If-None-Match", &etag)).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));

    let stale = author.request(Method::DELETE, &path);
    let stale = send(stale.header("If-Match", "\"00\"")).await;
    stale.expect_problem(412, "request.version_conflict");
    let deleted = author.request(Method::DELETE, &path);
    let deleted = send(deleted.header("If-Match", &etag)).await;
    deleted.expect_status(204);
    // The version has it still.
    assert_eq!(visitor.get(&path).await.status, 200);
    let draft = author.get(&format!("{path}?draft=true")).await;
    draft.expect_problem(404, "course.not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_is_uploaded_published_and_sent_whole_and_in_parts() {
    let app = AppTest::demo().await;
    let (author, visitor) = (app.log_in("instructor").await, app.anonymous());
    an_asset_comes_and_goes(&author, &visitor, "direct.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_the_same_through_the_gateway() {
    let app = AppTest::demo().await;
    let gateway = GatewayTest::before(&app, &[]).await;
    let author = app.log_in("instructor").await.at(&gateway.url());
    an_asset_comes_and_goes(&author, &gateway.anonymous(), "gateway.txt").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cover_of_the_demo_is_a_picture_that_anybody_gets() {
    let app = AppTest::demo().await;
    let visitor = app.anonymous();
    let course = visitor.get(COURSE).await.expect_status(200);
    let cover = course["cover"].as_str().expect("a cover");
    let got = visitor.get(&format!("{COURSE}/assets/{cover}")).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.header("content-type"), Some("image/svg+xml"));
    assert!(got.text.contains("<svg"));
    let list = visitor.get("/api/v1/courses").await.expect_status(200);
    assert_eq!(list["items"][0]["cover"], cover);
}
