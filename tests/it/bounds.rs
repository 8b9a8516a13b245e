//! What a request may cost: a body is refused by its sizes before its members are looked at.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::AppTest;
use crate::support::app::PASSWORD;
use crate::support::client::{Answer, Client, send};

/// Sends a body as it is written here.
async fn written(client: &Client, method: Method, path: &str, body: String) -> Answer {
    let request = client.request(method, path).header("If-Match", "*");
    send(
        request
            .header("Content-Type", "application/json")
            .body(body),
    )
    .await
}

fn errors(problem: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| (text(&error["pointer"]), text(&error["code"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_too_long_is_one_fault_however_wrong_its_items_are() {
    let app = AppTest::demo().await;
    let learner = app.learner().await;
    let instructor = app.instructor().await;
    let many = format!("[{}1]", "1,".repeat(499_000));
    let tokens = format!(r#"{{"name": "wide", "scopes": {many}, "expires_in_days": 30}}"#);
    let answer = format!(r#"{{"answer": {{"kind": "multiple_choice", "choices": {many}}}}}"#);
    let tags = format!(r#"{{"tags": {many}}}"#);
    let exercise = "/api/v1/exercises/01940000-0000-7000-8000-000000000201/submissions";
    let course = "/api/v1/courses/go-from-zero";
    let cases = [
        (
            &learner,
            Method::POST,
            "/api/v1/users/me/tokens",
            tokens,
            "/scopes",
        ),
        (&learner, Method::POST, exercise, answer, "/answer/choices"),
        (&instructor, Method::PATCH, course, tags, "/tags"),
    ];
    for (client, method, path, body, pointer) in cases {
        let answer = written(client, method, path, body).await;
        let problem = answer.expect_problem(422, "request.invalid");
        let found = errors(&problem);
        let expected = (pointer.to_owned(), "max_items".to_owned());
        assert!(found.contains(&expected), "{found:?}");
        assert!(found.len() <= 3, "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn not_more_than_a_hundred_faults_of_a_body_are_looked_for() {
    let app = AppTest::demo().await;
    let fields: Vec<String> = (0..80_000).map(|n| format!(r#""k{n}":0"#)).collect();
    let wide = format!("{{{}}}", fields.join(","));
    let deep = format!(r#"{{"x": {}{}}}"#, "[".repeat(500_000), "]".repeat(500_000));
    let sections = format!(r#"{{"section_id": 1, "lessons": [{}1]}}"#, "1,".repeat(400));
    let order = format!(
        r#"{{"sections": [{}{sections}]}}"#,
        format!("{sections},").repeat(99)
    );
    let login = "/api/v1/auth/login";
    let lessons = "/api/v1/courses/go-from-zero/lessons/order";
    let instructor = app.instructor().await;
    let cases = [
        (Method::POST, login, wide, 100),
        (Method::POST, login, deep, 3),
        (Method::PUT, lessons, order, 2),
    ];
    for (method, path, body, count) in cases {
        let answer = written(&instructor, method, path, body).await;
        assert!(answer.text.len() < 20_000, "{} bytes", answer.text.len());
        let problem = answer.expect_problem(422, "request.invalid");
        assert_eq!(errors(&problem).len(), count, "{problem}");
    }
    let query = "a=1&".repeat(1_500);
    let answer = app
        .anonymous()
        .get(&format!("/api/v1/courses?{query}"))
        .await;
    let problem = answer.expect_problem(400, "request.query_invalid");
    assert_eq!(
        errors(&problem),
        [("/query".to_owned(), "max_items".to_owned())]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_says_the_same_in_other_writing_is_the_same_request() {
    let app = AppTest::demo().await;
    let instructor = app.instructor().await;
    let create = async |body: &str| {
        let request = instructor.request(Method::POST, "/api/v1/courses");
        let request = request.header("Idempotency-Key", "one-course");
        send(
            request
                .header("Content-Type", "application/json")
                .body(body.to_owned()),
        )
        .await
    };
    let first =
        create(r#"{"title":"Tea","summary":"Of leaves.","difficulty":"beginner","tags":["tea"]}"#);
    let first = first.await.expect_status(201);
    let again = create(
        r#" { "tags" : [ "tea" ], "difficulty":"beginner",
              "summary": "Of leaves.", "title": "\u0054ea" } "#,
    )
    .await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect_status(201)["id"], first["id"]);
    let other = create(
        r#"{"title":"Coffee","summary":"Of beans.","difficulty":"beginner","tags":["tea"]}"#,
    );
    other.await.expect_problem(422, "idempotency.key_conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_with_the_same_key_never_collide() {
    let app = AppTest::spawn().await;
    let register = async |name: &str, password: &str| {
        let stranger = app.anonymous();
        let request = stranger.request(Method::POST, "/api/v1/auth/register");
        let body = json!({ "username": name, "email": format!("{name}@example.org"), "password": password });
        send(request.header("Idempotency-Key", "1").json(&body)).await
    };
    let first = register("ada", PASSWORD).await;
    assert_eq!(first.header("idempotency-replayed"), None);
    let first = first.expect_status(201);
    let other = register("bea", PASSWORD).await;
    assert_eq!(other.header("idempotency-replayed"), None);
    assert_eq!(other.expect_status(201)["username"], "bea");
    let again = register("ada", PASSWORD).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect_status(201)["id"], first["id"]);
    let guessed = register("ada", "another horse with a better battery").await;
    assert_eq!(guessed.header("idempotency-replayed"), None);
    guessed.expect_status(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn markdown_that_would_nest_without_end_is_refused_where_it_is_written() {
    let app = AppTest::demo().await;
    let instructor = app.instructor().await;
    let lesson = "/api/v1/lessons/01940000-0000-7000-8000-000000000101";
    let exercise = "/api/v1/exercises/01940000-0000-7000-8000-000000000201";
    let quotes = format!("Fine.\n\n{}", ">".repeat(1000));
    let cases = [
        (lesson, json!({ "content": quotes }), "/content"),
        (
            lesson,
            json!({ "content": "**a ".repeat(400) + &" a**".repeat(400) }),
            "/content",
        ),
        (exercise, json!({ "prompt": quotes }), "/prompt"),
        (
            exercise,
            json!({ "hints": ["fine", "- ".repeat(900)] }),
            "/hints/1",
        ),
        (exercise, json!({ "explanation": quotes }), "/explanation"),
    ];
    for (path, change, pointer) in cases {
        let problem = instructor.patch(path, change).await;
        let problem = problem.expect_problem(422, "course.invalid");
        let expected = (pointer.to_owned(), "nesting".to_owned());
        assert_eq!(errors(&problem), [expected], "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_that_would_be_too_large_is_refused_with_its_size_and_what_to_do() {
    let app = AppTest::demo().await;
    let instructor = app.instructor().await;
    let course = json!({ "title": "Long", "difficulty": "beginner" });
    let course = instructor.post("/api/v1/courses", course).await;
    let at = format!(
        "/api/v1/courses/{}",
        course.expect_status(201)["id"].as_str().expect("an id")
    );
    let (sections, lessons) = (format!("{at}/sections"), format!("{at}/lessons"));
    let section = instructor.post(&sections, json!({ "title": "S" })).await;
    let section = section.expect_status(201)["id"].clone();
    let text = "ü".repeat(100_000);
    let lesson = json!({ "section_id": section, "title": "L", "minutes": 1,
        "completion": "read", "content": text });
    for _ in 0..20 {
        let added = instructor.post(&lessons, lesson.clone()).await;
        added.expect_status(201);
    }
    let refused = instructor.post(&lessons, lesson).await;
    let problem = refused.expect_problem(422, "course.size_limit_exceeded");
    let detail = problem["detail"].as_str().expect("a text");
    for part in ["4194304", "split the course"] {
        assert!(detail.contains(part), "{detail}");
    }
    let kept = instructor.get(&format!("{lessons}?draft=true")).await;
    let kept = kept.expect_status(200);
    assert_eq!(kept["items"].as_array().expect("lessons").len(), 20);
    let request = instructor.request(Method::POST, &format!("{at}/publish"));
    let published = send(request.header("If-Match", "*").json(&json!({}))).await;
    published.expect_status(201);
}
