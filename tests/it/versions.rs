//! Learners and the versions of a course that they are on.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::AppTest;
use crate::support::client::{Client, send};

/// A course of one lesson that is completed by its exercises.
struct Course {
    path: String,
    id: Value,
    lesson: String,
    exercises: Vec<String>,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn write_course(ivan: &Client) -> Course {
    let course = json!({ "title": "Birds", "difficulty": "beginner" });
    let course = ivan.post("/api/v1/courses", course).await;
    let course = course.expect_status(201);
    let path = format!("/api/v1/courses/{}", text(&course["id"]));
    let sections = format!("{path}/sections");
    let section = ivan.post(&sections, json!({ "title": "Songs" })).await;
    let section = section.expect_status(201);
    let lesson = json!({
        "section_id": section["id"], "title": "The wren", "minutes": 5,
        "completion": "exercises", "content": "It sings.",
    });
    let lesson = ivan.post(&format!("{path}/lessons"), lesson).await;
    let lesson = text(&lesson.expect_status(201)["id"]);
    let mut exercises = Vec::new();
    for title in ["First", "Second"] {
        let exercise = json!({
            "title": title, "prompt": "Does it sing?", "points": 10, "hints": [title],
            "question": { "kind": "true_false", "correct": true },
        });
        let at = format!("/api/v1/lessons/{lesson}/exercises");
        let exercise = ivan.post(&at, exercise).await.expect_status(201);
        exercises.push(text(&exercise["id"]));
    }
    publish(ivan, &path).await;
    Course {
        path,
        id: course["id"].clone(),
        lesson,
        exercises,
    }
}

async fn publish(ivan: &Client, course: &str) {
    let publish = ivan.request(Method::POST, &format!("{course}/publish"));
    let publish = publish.header("If-Match", "*").json(&json!({}));
    send(publish).await.expect_status(201);
}

async fn enroll(learner: &Client, course: &Course) -> Value {
    let enrollment = json!({ "course_id": course.id });
    let enrolled = learner.post("/api/v1/progress/enrollments", enrollment);
    enrolled.await.expect_status(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_finishes_the_version_that_they_are_on_whatever_a_newer_one_drops() {
    let app = AppTest::spawn().await;
    let (ivan, lena) = (app.instructor().await, app.learner().await);
    let course = write_course(&ivan).await;
    assert_eq!(enroll(&lena, &course).await["course_version"], 1);
    app.settle().await;
    let dropped = format!("/api/v1/exercises/{}", course.exercises[1]);
    ivan.delete(&dropped).await.expect_status(204);
    publish(&ivan, &course.path).await;
    let hint = lena.get(&format!("{dropped}/hints/1")).await;
    assert_eq!(hint.expect_status(200)["text"], "Second");
    for exercise in &course.exercises {
        let answer = json!({ "answer": { "kind": "true_false", "value": true } });
        let at = format!("/api/v1/exercises/{exercise}/submissions");
        let graded = lena.post(&at, answer).await.expect_status(201);
        assert_eq!(graded["version"], 1);
        assert_eq!(
            (&graded["passed"], &graded["practice"]),
            (&json!(true), &json!(false))
        );
    }
    app.settle().await;
    let path = format!("/api/v1/progress/courses/{}", text(&course.id));
    let progress = lena.get(&path).await.expect_status(200);
    assert_eq!(
        progress["enrollment"]["progress"], "completed",
        "{progress}"
    );
    let lesson = format!("/api/v1/progress/lessons/{}/complete", course.lesson);
    lena.touch(&lesson).await.expect_status(200);
    let mismatches = app.progress().verify().await.expect("verified");
    assert!(mismatches.is_empty(), "{mismatches:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolling_right_after_a_publish_takes_the_new_version() {
    let app = AppTest::spawn().await;
    let ivan = app.instructor().await;
    let course = write_course(&ivan).await;
    for version in 2..=5 {
        let change = json!({ "title": format!("Birds {version}") });
        ivan.patch(&course.path, change).await.expect_status(200);
        publish(&ivan, &course.path).await;
        let learner = app
            .new_user(&format!("lena{version}"), &[kernel::Role::Student])
            .await;
        let enrollment = json!({ "course_id": course.id });
        let enrolled = learner.post("/api/v1/progress/enrollments", enrollment);
        let enrolled = enrolled.await.expect_status(201);
        assert_eq!(enrolled["course_version"], version, "{enrolled}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_moves_to_the_newest_version_and_reads_it_from_then_on() {
    let app = AppTest::spawn().await;
    let (ivan, lena) = (app.instructor().await, app.learner().await);
    let course = write_course(&ivan).await;
    let enrollment = enroll(&lena, &course).await;
    app.settle().await;
    let dropped = format!("/api/v1/exercises/{}", course.exercises[1]);
    ivan.delete(&dropped).await.expect_status(204);
    publish(&ivan, &course.path).await;
    let at = format!("/api/v1/progress/enrollments/{}", text(&enrollment["id"]));
    let upgrade = format!("{at}/upgrade");
    let preview = lena.get(&upgrade).await.expect_status(200);
    assert_eq!(
        (&preview["available"], &preview["after"]["version"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(preview["lessons"][0]["exercises_total"], 1, "{preview}");
    for replayed in [None, Some("true")] {
        let moved = lena.request(Method::POST, &upgrade).header("If-Match", "*");
        let moved = moved.header("Idempotency-Key", "up");
        let moved = send(moved.json(&json!({ "version": 2 }))).await;
        assert_eq!(moved.header("idempotency-replayed"), replayed);
        assert_eq!(moved.expect_status(200)["course_version"], 2);
    }
    app.settle().await;
    let outline = lena.get(&format!("{}/outline", course.path)).await;
    assert_eq!(outline.expect_status(200)["version"], 2);
    lena.get(&dropped)
        .await
        .expect_problem(404, "course.not_found");
    let mismatches = app.progress().verify().await.expect("verified");
    assert!(mismatches.is_empty(), "{mismatches:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn learners_of_a_course_by_invitation_are_let_in_complete_its_prerequisite_and_are_moved() {
    let app = AppTest::spawn().await;
    let (ivan, lena) = (app.instructor().await, app.learner().await);
    let (basics, course) = (write_course(&ivan).await, write_course(&ivan).await);
    let change = json!({ "visibility": "invite", "prerequisites": [basics.id] });
    ivan.patch(&course.path, change).await.expect_status(200);
    publish(&ivan, &course.path).await;
    let invitations = format!("{}/invitations", course.path);
    let invitation = ivan.post(&invitations, json!({ "max_uses": 1 }));
    let invitation = invitation.await.expect_status(201);
    app.settle().await;

    lena.get(&course.path)
        .await
        .expect_problem(404, "course.not_found");
    let enrollments = "/api/v1/progress/enrollments";
    let bare = json!({ "course_id": course.id });
    let refused = lena.post(enrollments, bare).await;
    refused.expect_problem(404, "progress.course_not_found");
    let invited = json!({ "course_id": course.id, "invitation_code": invitation["code"] });
    let refused = lena.post(enrollments, invited.clone()).await;
    refused.expect_problem(409, "progress.prerequisites_missing");
    lena.get(&course.path).await.expect_status(200);
    let late = app.new_user("late", &[kernel::Role::Student]).await;
    let refused = late.post(enrollments, invited).await;
    refused.expect_problem(409, "course.invitation_used_up");

    enroll(&lena, &basics).await;
    app.settle().await;
    for exercise in &basics.exercises {
        let answer = json!({ "answer": { "kind": "true_false", "value": true } });
        let at = format!("/api/v1/exercises/{exercise}/submissions");
        lena.post(&at, answer).await.expect_status(201);
    }
    app.settle().await;
    assert_eq!(enroll(&lena, &course).await["course_version"], 2);
    app.settle().await;

    ivan.patch(&course.path, json!({ "title": "More birds" }))
        .await
        .expect_status(200);
    publish(&ivan, &course.path).await;
    let upgrades = format!(
        "/api/v1/progress{}/upgrades",
        &course.path["/api/v1".len()..]
    );
    let require = json!({ "mode": "require" });
    let requested = ivan.post(&upgrades, require).await.expect_status(202);
    assert_eq!(
        (&requested["version"], &requested["learners"]),
        (&json!(3), &json!(1))
    );
    let moved = app.progress().upgrade_due().await.expect("moved");
    app.settle().await;
    let on = ivan
        .get(&format!("{}/enrollments?version=3", course.path))
        .await;
    let on = on.expect_status(200);
    assert_eq!(
        on["items"].as_array().map(Vec::len),
        Some(1),
        "{moved}: {on}"
    );
    let told = lena.get("/api/v1/notifications").await.expect_status(200);
    assert!(
        told.to_string().contains("moved you from version 2"),
        "{told}"
    );
    let mismatches = app.progress().verify().await.expect("verified");
    assert!(mismatches.is_empty(), "{mismatches:?}");
}
