//! Seats over HTTP: a full course, its waiting list, and what its staff does.

use kernel::Role;
use serde_json::{Value, json};

use crate::support::{AppTest, Client};

const COURSE: &str = "/api/v1/progress/courses/go-from-zero";
const WAITING: &str = "/api/v1/progress/waiting-list";
const ENROLLMENTS: &str = "/api/v1/progress/enrollments";
const ID: &str = "01940000-0000-7000-8000-000000000001";

async fn titles(client: &Client) -> Vec<String> {
    let inbox = client.get("/api/v1/notifications").await;
    let inbox = inbox.expect_status(200);
    let items = inbox["items"].as_array().expect("items").iter();
    let bodies = items.map(|one| one["body"].as_str().expect("a body").to_owned());
    bodies.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_seat_gets_it_when_the_staff_removes_somebody_and_is_told() {
    let app = AppTest::demo().await;
    app.settle().await;
    let (learner, teacher) = (app.log_in("learner").await, app.log_in("instructor").await);
    let eve = app.new_user("eve", &[Role::Student]).await;
    let wanted = json!({ "course_id": ID });
    let settings = format!("{COURSE}/enrollment-settings");
    let free = eve.post(WAITING, wanted.clone()).await;
    free.expect_problem(409, "progress.seats_available");
    let set = teacher.put(&settings, json!({ "seats": 1 })).await;
    let set = set.expect_status(200);
    assert_eq!((&set["enrolled"], &set["waiting"]), (&json!(1), &json!(0)));
    let full = eve.post(ENROLLMENTS, wanted.clone()).await;
    full.expect_problem(409, "progress.course_full");
    let joined = eve.post(WAITING, wanted.clone()).await;
    assert_eq!(joined.expect_status(201)["position"], 1);
    let again = eve.post(WAITING, wanted.clone()).await;
    assert_eq!(again.expect_status(200)["position"], 1);
    let mine = eve.get(WAITING).await.expect_status(200);
    assert_eq!(mine["items"][0]["course_id"], ID);
    let line = teacher.get(&format!("{COURSE}/waiting-list")).await;
    assert_eq!(line.expect_status(200)["items"][0]["display_name"], "eve");

    let who = learner.get("/api/v1/users/me").await.expect_status(200)["id"].clone();
    let seat = format!("{COURSE}/learners/{}", who.as_str().expect("an id"));
    let stranger = app.new_user("oskar", &[Role::Instructor]).await;
    let refused = stranger.delete(&seat).await;
    refused.expect_problem(403, "progress.editor_required");
    teacher.delete(&seat).await.expect_status(204);
    let removed = learner.post(ENROLLMENTS, wanted.clone()).await;
    removed.expect_problem(403, "progress.learner_removed");
    app.progress().promote_due().await.expect("a free seat");
    app.settle().await;
    let mine = eve.get(WAITING).await.expect_status(200);
    assert_eq!(mine["items"], json!([]));
    let told = titles(&eve).await;
    let told = told
        .iter()
        .filter(|body| body.contains("A seat has become free"));
    assert_eq!(told.count(), 1);
    eve.delete(&format!("{WAITING}/{ID}"))
        .await
        .expect_problem(404, "progress.waiting_list_entry_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_staff_enrolls_learners_by_the_names_that_the_user_module_knows() {
    let app = AppTest::demo().await;
    app.settle().await;
    let teacher = app.log_in("instructor").await;
    let eve = app.new_user("eve", &[Role::Student]).await;
    let batch = "/api/v1/progress/enrollments/batch";
    let outcomes = |answer: &Value| -> Vec<String> {
        let results = answer["results"].as_array().expect("results").iter();
        let words = results.map(|one| one["outcome"].as_str().expect("a word").to_owned());
        words.collect()
    };
    let request = json!({ "course_id": ID, "learners": ["learner", "EVE", "nobody"] });
    let done = teacher.post(batch, request).await.expect_status(200);
    assert_eq!(
        outcomes(&done),
        ["already_enrolled", "enrolled", "not_found"]
    );
    app.settle().await;
    let told = titles(&eve).await;
    let told = told
        .iter()
        .filter(|body| body.contains("The staff of the course has enrolled you"));
    assert_eq!(told.count(), 1);
    let table = json!({ "course_id": ID, "csv": "learner,group\neve,A\nlearner@example.org,A\n" });
    let done = teacher.post(batch, table).await.expect_status(200);
    assert_eq!(outcomes(&done), ["already_enrolled", "already_enrolled"]);
    let request = json!({ "course_id": ID, "learners": ["eve"] });
    let refused = eve.post(batch, request.clone()).await;
    refused.expect_problem(403, "auth.role_required");
    let stranger = app.new_user("oskar", &[Role::Instructor]).await;
    let refused = stranger.post(batch, request).await;
    refused.expect_problem(403, "progress.editor_required");
    let broken = json!({ "course_id": ID, "csv": "learner\n" });
    let refused = teacher.post(batch, broken).await;
    refused.expect_problem(422, "progress.learners_invalid");
}
