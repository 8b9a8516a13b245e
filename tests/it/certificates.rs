//! Certificates over HTTP: one for each completion, checked by anybody, and no key to anything.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use kernel::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::AppTest;
use crate::support::client::{Answer, Client, send};
use crate::support::gateway::GatewayTest;

const LIST: &str = "/api/v1/progress/certificates";

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// A course of one lesson that `learner` has completed; answers with its certificate.
async fn complete_course(app: &AppTest, ivan: &Client, learner: &Client) -> Value {
    let course = json!({ "title": "Birds of the North", "difficulty": "beginner" });
    let course = ivan.post("/api/v1/courses", course).await;
    let course = course.expect_status(201)["id"].clone();
    let path = format!("/api/v1/courses/{}", text(&course));
    let sections = format!("{path}/sections");
    let section = ivan.post(&sections, json!({ "title": "Songs" })).await;
    let lesson = json!({
        "section_id": section.expect_status(201)["id"], "title": "The wren", "minutes": 5,
        "completion": "read", "content": "It sings.",
    });
    let lesson = ivan.post(&format!("{path}/lessons"), lesson).await;
    let lesson = text(&lesson.expect_status(201)["id"]);
    let publish = ivan.request(Method::POST, &format!("{path}/publish"));
    let publish = publish.header("If-Match", "*").json(&json!({}));
    send(publish).await.expect_status(201);
    app.settle().await;
    let enrollment = json!({ "course_id": course });
    let enrolled = learner.post("/api/v1/progress/enrollments", enrollment);
    enrolled.await.expect_status(201);
    let complete = format!("/api/v1/progress/lessons/{lesson}/complete");
    for _ in 0..2 {
        learner.touch(&complete).await.expect_status(200);
    }
    app.settle().await;
    let mine = learner.get(LIST).await.expect_status(200);
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1), "{mine}");
    mine["items"][0].clone()
}

async fn page(client: &Client, path: &str) -> Answer {
    let browser = client.request(Method::GET, path);
    send(browser.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")).await
}

async fn bytes(client: &Client, path: &str) -> Vec<u8> {
    let answer = client.request(Method::GET, path).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.bytes().await.expect("its body").to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_course_brings_one_certificate_that_anybody_checks() {
    let app = AppTest::spawn().await;
    let (ivan, lena) = (app.instructor().await, app.learner().await);
    let certificate = complete_course(&app, &ivan, &lena).await;
    let code = text(&certificate["code"]);
    let path = format!("{LIST}/{code}");
    let visitor = app.anonymous();
    let checked = visitor.get(&path).await;
    assert_eq!(checked.header("cache-control"), Some("public, no-cache"));
    assert_eq!(
        checked.header("vary").map(|vary| vary.contains("ccept")),
        Some(true)
    );
    let etag = checked.etag();
    let checked = checked.expect_status(200);
    assert_eq!(checked, certificate);
    assert_eq!(checked["status"], "valid");
    assert_eq!(checked["course_title"], "Birds of the North");
    let again = visitor.request(Method::GET, &path);
    let again = send(again.header("If-None-Match", etag)).await;
    assert_eq!(again.status, 304);

    let shown = page(&visitor, &path).await;
    assert!(
        shown
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    let policy = shown.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.starts_with("sandbox; default-src 'none'"),
        "{policy}"
    );
    assert!(
        shown.text.contains("This certificate is valid"),
        "{}",
        shown.text
    );
    let picture = visitor.get(&format!("{path}/image")).await;
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    assert!(picture.text.starts_with("<svg "));
    let document = visitor.get(&format!("{path}/document")).await;
    assert_eq!(document.header("content-type"), Some("application/pdf"));
    let etag = document.etag();
    let document = bytes(&visitor, &format!("{path}/document")).await;
    assert!(document.starts_with(b"%PDF-"));
    let again = visitor.request(Method::GET, &format!("{path}/document"));
    let again = send(again.header("If-None-Match", etag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));

    // The notification leads to it.
    let inbox = lena.get("/api/v1/notifications").await.expect_status(200);
    let inbox = inbox["items"].as_array().expect("items").clone();
    let told = inbox.iter().find(|one| one["type"] == "course_completed");
    assert_eq!(told.expect("a notification")["link"], path);

    for (wrong, code) in [
        ("0000-0000-0000-0000", "progress.certificate_not_found"),
        ("0000-0000-0000-0001", "progress.certificate_code_mistyped"),
    ] {
        let path = format!("{LIST}/{wrong}");
        visitor.get(&path).await.expect_problem(404, code);
        let shown = page(&visitor, &path).await;
        assert_eq!(shown.status, 404);
        assert!(shown.text.contains("Not valid"), "{}", shown.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_is_not_valid_anywhere_until_it_is_reinstated() {
    let app = AppTest::spawn().await;
    let (ivan, lena) = (app.instructor().await, app.learner().await);
    let certificate = complete_course(&app, &ivan, &lena).await;
    let path = format!("{LIST}/{}", text(&certificate["code"]));
    let visitor = app.anonymous();
    let (revoke, reinstate) = (format!("{path}/revoke"), format!("{path}/reinstate"));
    let reason = json!({ "reason": "It was not her own work." });
    visitor
        .post(&revoke, reason.clone())
        .await
        .expect_problem(401, "auth.token_required");
    lena.post(&revoke, reason.clone())
        .await
        .expect_problem(403, "auth.role_required");
    let other = app.new_user("otto", &[Role::Instructor]).await;
    other
        .post(&revoke, reason.clone())
        .await
        .expect_problem(403, "progress.editor_required");
    let empty = json!({ "reason": "  " });
    ivan.post(&revoke, empty)
        .await
        .expect_problem(422, "request.invalid");
    let document = bytes(&visitor, &format!("{path}/document")).await;
    ivan.post(&revoke, reason).await.expect_status(200);
    let checked = visitor.get(&path).await.expect_status(200);
    assert_eq!(checked["status"], "revoked");
    assert!(checked.get("revocation_reason").is_none(), "{checked}");
    let mine = lena.get(LIST).await.expect_status(200);
    assert_eq!(
        mine["items"][0]["revocation_reason"],
        "It was not her own work."
    );
    assert!(page(&visitor, &path).await.text.contains("was revoked"));
    let picture = visitor.get(&format!("{path}/image")).await.text;
    assert!(picture.contains("not valid"));
    assert_ne!(bytes(&visitor, &format!("{path}/document")).await, document);
    let status = format!("{path}/credential/status");
    let listed = visitor.get(&status).await.expect_status(200);
    assert_eq!(listed["revokedCredentials"][0]["id"], certificate["url"]);
    let admin = app.admin().await;
    admin.touch(&reinstate).await.expect_status(200);
    assert_eq!(visitor.get(&path).await.expect_status(200), certificate);
    let listed = visitor.get(&status).await.expect_status(200);
    assert_eq!(listed["revokedCredentials"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_verified_by_the_published_key_and_opens_nothing() {
    let app = AppTest::spawn().await;
    let (ivan, lena) = (app.instructor().await, app.learner().await);
    let certificate = complete_course(&app, &ivan, &lena).await;
    let path = format!("{LIST}/{}/credential", text(&certificate["code"]));
    let visitor = app.anonymous();
    let answer = visitor.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/vc+jwt"));
    let credential = answer.text;
    let (signed, signature) = credential.rsplit_once('.').expect("a signature");
    let (header, claims) = signed.split_once('.').expect("two parts");
    let read = |part: &str| {
        let bytes = BASE64.decode(part).expect("base64url");
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    let (header, claims) = (read(header), read(claims));
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("EdDSA"), &json!("JWT"))
    );
    assert_eq!(claims["id"], certificate["url"]);
    let keys = visitor
        .get("/.well-known/jwks.json")
        .await
        .expect_status(200);
    let keys = keys["keys"].as_array().expect("keys").clone();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]);
    let x = BASE64
        .decode(text(&key.expect("the key")["x"]))
        .expect("base64url");
    let signature = BASE64.decode(signature).expect("base64url");
    let key = UnparsedPublicKey::new(&ED25519, x);
    key.verify(signed.as_bytes(), &signature).expect("verified");
    let forged = signed.replacen('.', ".e", 1);
    assert!(key.verify(forged.as_bytes(), &signature).is_err());
    // The key of access tokens signs none, and no access token names its key.
    let access = lena.token.clone().expect("a token");
    let access = read(access.split('.').next().expect("a header"));
    assert_ne!(access["kid"], header["kid"]);
    let mut thief = visitor.clone();
    thief.token = Some(credential);
    let refused = thief.get("/api/v1/users/me").await;
    refused.expect_problem(401, "auth.token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_the_same_through_the_gateway() {
    let app = AppTest::spawn().await;
    let (ivan, lena) = (app.instructor().await, app.learner().await);
    let certificate = complete_course(&app, &ivan, &lena).await;
    let path = format!("{LIST}/{}", text(&certificate["code"]));
    let gateway = GatewayTest::before(&app, &[]).await;
    let (here, there) = (app.anonymous(), gateway.anonymous());
    for tail in ["", "/image", "/credential", "/credential/status"] {
        let path = format!("{path}{tail}");
        let (direct, passed) = (here.get(&path).await, there.get(&path).await);
        assert_eq!(direct.text, passed.text, "{path}");
        for name in [
            "content-type",
            "cache-control",
            "etag",
            "content-security-policy",
        ] {
            assert_eq!(direct.header(name), passed.header(name), "{path}: {name}");
        }
    }
    let shown = page(&there, &path).await;
    assert!(
        shown.text.contains("This certificate is valid"),
        "{}",
        shown.text
    );
    let unknown = format!("{LIST}/0000-0000-0000-0000");
    assert_eq!(page(&there, &unknown).await.status, 404);
}
