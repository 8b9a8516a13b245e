//! The pages that the links of emails open: there for everybody, the same for everybody, and harmless.

use std::fs;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::Value;

use crate::support::client::send;
use crate::support::{Answer, AppTest};

const PAGES: [&str; 6] = ["verify", "undo", "reset", "invite", "keep", "sign-in"];
const ASSETS: [(&str, &str); 4] = [
    ("page.js", "text/javascript; charset=utf-8"),
    ("words.js", "text/javascript; charset=utf-8"),
    ("page.css", "text/css; charset=utf-8"),
    ("icon.svg", "image/svg+xml"),
];

/// The value of a directive of the policy.
fn directive(answer: &Answer, name: &str) -> Option<String> {
    let policy = answer.header("content-security-policy")?;
    let parts = policy.split(';').map(str::trim);
    let found = parts.filter_map(|part| part.split_once(' '));
    let found = found.filter(|(known, _)| *known == name);
    found.map(|(_, value)| value.to_owned()).next()
}

/// What a page loads, as addresses beside it.
fn loaded(page: &str) -> Vec<String> {
    let parts = page.split("assets/").skip(1);
    let names = parts.filter_map(|part| part.split('"').next());
    names.map(|name| format!("assets/{name}")).collect()
}

fn script(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/gateway/account");
    fs::read_to_string(folder.join(name)).expect(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_served_with_a_policy_that_lets_nothing_in() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for page in PAGES {
        let answer = client.get(&format!("/account/{page}")).await;
        assert_eq!(answer.status, 200, "{page}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        for (name, value) in [
            ("default-src", "'none'"),
            ("script-src", "'self'"),
            ("style-src", "'self'"),
            ("connect-src", "'self'"),
            ("form-action", "'none'"),
            ("frame-ancestors", "'none'"),
            ("base-uri", "'none'"),
        ] {
            assert_eq!(
                directive(&answer, name).as_deref(),
                Some(value),
                "{page} {name}"
            );
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.is_some_and(|policy| !policy.contains("unsafe")));
        for foreign in ["http://", "https://", "//", " style=", " onclick=", "{"] {
            assert!(
                !answer.text.contains(foreign),
                "{page} has {foreign} in it: {}",
                answer.text
            );
        }
        assert!(answer.text.contains(&format!("data-page=\"{page}\"")));
        for address in loaded(&answer.text) {
            client
                .get(&format!("/account/{address}"))
                .await
                .expect_status(200);
        }
    }
    let other = client.get("/api/v1/courses").await;
    assert_eq!(
        other.header("content-security-policy"),
        Some("default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_loads_may_be_cached_and_is_revalidated() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for (name, media) in ASSETS {
        let path = format!("/account/assets/{name}");
        let answer = client.get(&path).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("content-type"), Some(media));
        assert_eq!(answer.header("cache-control"), Some("public, no-cache"));
        let known = client
            .request(Method::GET, &path)
            .header("If-None-Match", answer.etag());
        assert_eq!(send(known).await.status, 304, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_page_and_a_wrong_method_are_problems() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    for path in [
        "/account",
        "/account/",
        "/account/nowhere",
        "/account/verify/",
        "/account/assets/",
        "/account/assets/page.html",
        "/account/assets/../page.js",
        "/account/frame.html",
    ] {
        client
            .get(path)
            .await
            .expect_problem(404, "request.route_not_found");
    }
    for path in ["/account/reset", "/account/assets/page.js"] {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let answer = send(client.request(method, path)).await;
            assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
            answer.expect_problem(405, "request.method_not_allowed");
        }
        let answer = send(client.request(Method::OPTIONS, path)).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
        let get = client.get(path).await;
        let head = send(client.request(Method::HEAD, path)).await;
        assert_eq!(head.status, 200);
        assert!(head.text.is_empty());
        for name in ["content-type", "content-security-policy", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_does_not_depend_on_the_link_and_a_visit_changes_nothing() {
    let app = AppTest::demo().await;
    app.settle().await;
    let client = app.anonymous();
    let body = serde_json::json!({ "email": "learner@example.org" });
    let path = "/api/v1/auth/password/forgot";
    client.post(path, body).await.expect_status(202);
    app.settle().await;
    let token = app
        .mail("learner@example.org", "/account/reset#token=")
        .await
        .token();
    for page in PAGES {
        let plain = client.get(&format!("/account/{page}")).await;
        let asked = client.get(&format!("/account/{page}?token={token}")).await;
        assert_eq!(plain.text, asked.text, "{page}");
        assert!(!asked.text.contains(&token), "{page}");
        assert_eq!(asked.header("set-cookie"), None);
    }
    client
        .clone()
        .log_in("learner", crate::support::app::PASSWORD)
        .await;
    let body =
        serde_json::json!({ "token": token, "new_password": "seven purple anvils drift north" });
    let path = "/api/v1/auth/password/reset";
    client.post(path, body).await.expect_status(200);
}

#[test]
fn the_script_hides_the_token_and_writes_no_markup() {
    let script = script("page.js");
    assert!(script.contains("history.replaceState"));
    for word in [
        "innerHTML",
        "document.write",
        "eval(",
        "localStorage",
        "sessionStorage",
        "cookie",
    ] {
        assert!(!script.contains(word), "page.js has {word} in it");
    }
}

#[test]
fn both_languages_have_the_texts_that_the_pages_use() {
    let words = script("words.js");
    let (english, german) = words.split_once("\n  de: {").expect("two languages");
    let mut asked: Vec<String> = Vec::new();
    for name in ["confirm", "verify", "reset", "invite", "again", "frame"] {
        let text = script(&format!("{name}.html"));
        let keys = text.split("data-word=\"").skip(1);
        asked.extend(keys.filter_map(|key| key.split('"').next().map(str::to_owned)));
    }
    let mut said = 0;
    for key in asked {
        let of: &[&str] = match key.as_str() {
            "{page}.again" => &["verify", "reset"],
            "{page}.text" | "{page}.button" => &["verify", "undo", "keep"],
            _ => &PAGES,
        };
        for page in of {
            let line = format!("\n    \"{}\": \"", key.replace("{page}", page));
            assert!(english.contains(&line), "no English words for {line}");
            assert!(german.contains(&line), "no German words for {line}");
            said += 1;
        }
    }
    assert!(said > 40, "{said}");
}

#[test]
fn the_pages_are_not_in_the_document() {
    let document: Value = gopro::gateway::openapi::document();
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.keys().all(|path| !path.starts_with("/account")));
}
