//! An export of more than one event may hold.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::AppTest;

const EXERCISE: &str = "01940000-0000-7000-8000-000000020104";

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_more_answers_than_a_piece_holds_has_each_of_them_once() {
    let app = AppTest::demo().await;
    let learner = app.log_in("learner").await;
    let path = format!("/api/v1/exercises/{EXERCISE}/submissions");
    let output = "\u{1F600}".repeat(20_000);
    let answer = json!({ "answer": { "kind": "code_output", "output": output } });
    let mut sent = BTreeSet::new();
    for _ in 0..40 {
        let graded = learner.post(&path, answer.clone()).await;
        let graded = graded.expect_status(201);
        sent.insert(graded["id"].as_str().expect("an id").to_owned());
    }
    app.settle().await;
    let asked = learner.touch("/api/v1/users/me/export").await;
    let location = asked.header("location").expect("a location").to_owned();
    asked.expect_status(202);
    app.settle().await;
    let view = learner.get(&location).await.expect_status(200);
    assert_eq!(view["state"], "done", "{view}");
    let parts = view["parts"].as_array().expect("parts");
    assert_eq!(parts.len(), 4, "{view}");
    let saga = app.user().sagas().await.expect("sagas")[0].id;
    let (_, steps) = app.user().saga(saga).await.expect("read").expect("a saga");
    let pieces = steps.iter().filter(|done| done.step.starts_with("course/"));
    assert!(pieces.count() >= 3, "{steps:?}");

    let content = learner.request(Method::GET, &format!("{location}/content"));
    let response = content.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    let archive = response.bytes().await.expect("a body");
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("a zip archive");
    let mut text = String::new();
    let mut file = archive.by_name("course.json").expect("a file");
    file.read_to_string(&mut text).expect("UTF-8");
    let course: Value = serde_json::from_str(&text).expect("JSON");
    let answers = course["submissions"].as_array().expect("answers");
    assert_eq!(answers.len(), sent.len());
    let told = answers
        .iter()
        .map(|answer| answer["id"].as_str().expect("an id").to_owned());
    assert_eq!(told.collect::<BTreeSet<_>>(), sent);
    assert_eq!(answers[0]["answer"]["output"], output);
    assert_eq!(course["courses"], json!([]));
}
