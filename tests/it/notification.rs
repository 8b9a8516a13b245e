//! The inbox over HTTP.

use kernel::Role;
use serde_json::json;

use crate::support::AppTest;

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_welcomed_once_and_reads_it() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    app.settle().await;
    let unread = "/api/v1/notifications/unread-count";
    assert_eq!(lena.get(unread).await.expect_status(200)["unread"], 1);
    let inbox = lena.get("/api/v1/notifications").await.expect_status(200);
    let item = &inbox["items"][0];
    assert_eq!(
        (&item["type"], &item["read"]),
        (&json!("welcome"), &json!(false))
    );
    let path = format!(
        "/api/v1/notifications/{}",
        item["id"].as_str().expect("an id")
    );
    let eve = app.new_user("eve", &[Role::Student, Role::Admin]).await;
    eve.get(&path)
        .await
        .expect_problem(404, "notification.not_found");
    eve.delete(&path)
        .await
        .expect_problem(404, "notification.not_found");
    lena.patch(&path, json!({ "read": true }))
        .await
        .expect_status(200);
    assert_eq!(lena.get(unread).await.expect_status(200)["unread"], 0);
    let left = lena
        .get("/api/v1/notifications?unread=true")
        .await
        .expect_status(200);
    assert_eq!(left["items"], json!([]));
    lena.delete(&path).await.expect_status(204);
    lena.get(&path)
        .await
        .expect_problem(404, "notification.not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_the_deliveries() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let admin = app.admin().await;
    app.settle().await;
    let list = admin
        .get("/api/v1/notifications/deliveries?count=exact")
        .await
        .expect_status(200);
    assert_eq!(list["page"]["total"], 2, "{list}");
    assert_eq!(list["items"][0]["channel"], "email");
    lena.get("/api/v1/notifications/deliveries")
        .await
        .expect_problem(403, "auth.role_required");
}
