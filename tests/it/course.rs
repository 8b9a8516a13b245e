//! Courses over HTTP: who sees what, and what is never shown.

use serde_json::{Value, json};

use crate::support::AppTest;

const COURSE: &str = "/api/v1/courses/go-from-zero";

/// Whether any field of a payload, however deep, has one of these names.
fn mentions(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::Object(fields) => fields
            .iter()
            .any(|(name, field)| names.contains(&name.as_str()) || mentions(field, names)),
        Value::Array(items) => items.iter().any(|item| mentions(item, names)),
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_lists_searches_and_filters_the_catalogue() {
    let app = AppTest::demo().await;
    let visitor = app.anonymous();
    for query in [
        "",
        "?q=go",
        "?q=ZERO%20go",
        "?tag=programming",
        "?difficulty=beginner",
        "?q=pointers",
    ] {
        let list = visitor
            .get(&format!("/api/v1/courses{query}"))
            .await
            .expect_status(200);
        assert_eq!(list["items"][0]["slug"], "go-from-zero", "{query}");
    }
    for query in ["?q=rust", "?tag=cooking", "?difficulty=expert", "?q=%25"] {
        let list = visitor
            .get(&format!("/api/v1/courses{query}"))
            .await
            .expect_status(200);
        assert_eq!(list["items"], json!([]), "{query}");
    }
    let answer = visitor.get("/api/v1/courses").await;
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=60, stale-while-revalidate=300")
    );
    visitor
        .get(&format!("{COURSE}/lessons"))
        .await
        .expect_problem(401, "auth.token_required");
    let tags = visitor.get("/api/v1/tags").await.expect_status(200);
    assert!(
        tags["items"].as_array().is_some_and(|tags| tags.len() == 3),
        "{tags}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_never_sees_an_answer() {
    let app = AppTest::demo().await;
    let learner = app.log_in("learner").await;
    let instructor = app.log_in("instructor").await;
    let given_away = [
        "correct",
        "accepted",
        "value",
        "tolerance",
        "expected",
        "pairs",
        "question",
        "explanation",
    ];
    let lessons = learner
        .get(&format!("{COURSE}/lessons"))
        .await
        .expect_status(200);
    let mut exercises = 0;
    for lesson in lessons["items"].as_array().expect("lessons") {
        let id = lesson["id"].as_str().expect("an id");
        let path = format!("/api/v1/lessons/{id}/exercises");
        let seen = learner.get(&path).await.expect_status(200);
        assert!(!mentions(&seen, &given_away), "{seen}");
        exercises += seen["items"].as_array().map_or(0, Vec::len);
        let whole = instructor
            .get(&format!("{path}?draft=true"))
            .await
            .expect_status(200);
        assert!(
            mentions(&whole, &["question"]),
            "staff see the questions: {whole}"
        );
        learner
            .get(&format!("{path}?draft=true"))
            .await
            .expect_status_in(&[403, 404]);
    }
    assert_eq!(exercises, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_reads_public_courses_and_their_outlines_and_no_more() {
    let app = AppTest::demo().await;
    let visitor = app.anonymous();
    let ivan = app.log_in("instructor").await;
    for path in [COURSE.to_owned(), format!("{COURSE}/outline")] {
        let shown = visitor.get(&path).await;
        let caching = shown.header("cache-control").expect("a header");
        assert!(caching.starts_with("public"), "{caching}");
        assert_eq!(shown.expect_status(200)["slug"], "go-from-zero");
        let named = format!("{path}?version=1");
        let named = visitor.get(&named).await;
        named.expect_problem(401, "auth.token_required");
        let private = ivan.get(&path).await;
        let caching = private.header("cache-control").expect("a header");
        assert!(caching.contains("private"), "{caching}");
    }
    let outline = visitor.get(&format!("{COURSE}/outline")).await;
    let outline = outline.expect_status(200);
    let lesson = outline["sections"][0]["lessons"][0]["id"].clone();
    for path in [
        format!("/api/v1/lessons/{}", lesson.as_str().expect("an id")),
        format!("{COURSE}/lessons"),
        "/api/v1/courses/go-in-parallel".to_owned(),
        "/api/v1/courses/no-such-course/outline".to_owned(),
    ] {
        let refused = visitor.get(&path).await;
        refused.expect_problem(401, "auth.token_required");
    }
    ivan.patch(COURSE, json!({ "visibility": "unlisted" }))
        .await
        .expect_status(200);
    visitor.get(COURSE).await.expect_status(200);
    let publish = ivan.request(reqwest::Method::POST, &format!("{COURSE}/publish"));
    let publish = publish.header("If-Match", "*").json(&json!({}));
    crate::support::client::send(publish)
        .await
        .expect_status(201);
    let refused = visitor.get(COURSE).await;
    refused.expect_problem(401, "auth.token_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_their_staffs_alone() {
    let app = AppTest::spawn().await;
    let ivan = app.instructor().await;
    let lena = app.learner().await;
    let other = app
        .new_user("otto", &[kernel::Role::Student, kernel::Role::Instructor])
        .await;
    let course = json!({ "title": "Quiet birds", "difficulty": "beginner" });
    let made = ivan
        .post("/api/v1/courses", course)
        .await
        .expect_status(201);
    let path = format!("/api/v1/courses/{}", made["id"].as_str().expect("an id"));
    ivan.get(&format!("{path}?draft=true"))
        .await
        .expect_status(200);
    for stranger in [&lena, &other] {
        stranger
            .get(&path)
            .await
            .expect_problem(404, "course.not_found");
        stranger
            .get(&format!("{path}?draft=true"))
            .await
            .expect_problem(404, "course.not_found");
    }
    other
        .patch(&path, json!({ "title": "Mine" }))
        .await
        .expect_problem(404, "course.not_found");
    let empty = ivan
        .request(reqwest::Method::POST, &format!("{path}/publish"))
        .header("If-Match", "*");
    let empty = crate::support::client::send(empty.json(&json!({}))).await;
    empty.expect_problem(409, "course.draft_empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_run_out_and_hints_are_given_one_by_one() {
    let app = AppTest::demo().await;
    let learner = app.log_in("learner").await;
    let lessons = learner
        .get(&format!("{COURSE}/lessons"))
        .await
        .expect_status(200);
    let mut limited = None;
    for lesson in lessons["items"].as_array().expect("lessons") {
        let path = format!(
            "/api/v1/lessons/{}/exercises",
            lesson["id"].as_str().expect("an id")
        );
        let exercises = learner.get(&path).await.expect_status(200);
        let items = exercises["items"].as_array().expect("exercises").clone();
        limited = limited.or_else(|| {
            items
                .into_iter()
                .find(|one| one["task"]["kind"] == "true_false" && one["attempts_left"] == 1)
        });
    }
    let exercise = limited.expect("a true-or-false exercise with one attempt");
    let path = format!(
        "/api/v1/exercises/{}",
        exercise["id"].as_str().expect("an id")
    );
    let answer = json!({ "answer": { "kind": "true_false", "value": true } });
    let graded = learner
        .post(&format!("{path}/submissions"), answer.clone())
        .await
        .expect_status(201);
    assert_eq!(graded["attempts_left"], 0);
    let again = learner.post(&format!("{path}/submissions"), answer).await;
    again.expect_problem(409, "course.attempt_limit_exceeded");
    let wrong_kind = json!({ "answer": { "kind": "numeric", "value": 1 } });
    let free = "/api/v1/exercises/01940000-0000-7000-8000-000000020101/submissions";
    let problem = learner.post(free, wrong_kind).await;
    assert_eq!(problem.status, 422, "{}", problem.text);
    assert_eq!(problem.json()["errors"][0]["pointer"], "/answer/kind");
    learner
        .get("/api/v1/exercises/01940000-0000-7000-8000-000000020101/hints/1")
        .await
        .expect_status(200);
    let none = learner
        .get("/api/v1/exercises/01940000-0000-7000-8000-000000020101/hints/9")
        .await;
    assert_eq!(none.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_a_lesson_is_not_rendered() {
    let app = AppTest::spawn().await;
    let ivan = app.instructor().await;
    let course = ivan
        .post(
            "/api/v1/courses",
            json!({ "title": "Birds", "difficulty": "beginner" }),
        )
        .await
        .expect_status(201);
    let base = format!("/api/v1/courses/{}", course["id"].as_str().expect("an id"));
    let section = ivan
        .post(&format!("{base}/sections"), json!({ "title": "One" }))
        .await
        .expect_status(201);
    let content = "# Hi\n\n<script>alert(1)</script>\n\n**bold** [x](javascript:alert(1)) <img src=x onerror=alert(1)>";
    let lesson = json!({ "section_id": section["id"], "title": "L", "minutes": 1, "completion": "read", "content": content });
    let lesson = ivan
        .post(&format!("{base}/lessons"), lesson)
        .await
        .expect_status(201);
    let path = format!(
        "/api/v1/lessons/{}?draft=true&format=html",
        lesson["id"].as_str().expect("an id")
    );
    let html = ivan.get(&path).await.expect_status(200)["content_html"]
        .as_str()
        .expect("HTML")
        .to_owned();
    assert!(html.contains("<strong>bold</strong>"), "{html}");
    for evil in ["<script", "javascript:", "<img"] {
        assert!(!html.contains(evil), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesson_that_was_read_is_shown_as_it_stands_after_each_change() {
    let app = AppTest::demo().await;
    app.settle().await;
    let learner = app.learner().await;
    let enrolled = app.log_in("learner").await;
    let ivan = app.log_in("instructor").await;
    let lessons = learner.get(&format!("{COURSE}/lessons")).await;
    let lessons = lessons.expect_status(200);
    let id = lessons["items"][0]["id"].as_str().expect("an id");
    let path = format!("/api/v1/lessons/{id}");
    let read = async || learner.get(&path).await.expect_status(200);
    let first = read().await;
    assert_eq!(read().await, first);
    ivan.patch(&path, json!({ "title": "A new beginning" }))
        .await
        .expect_status(200);
    assert_eq!(read().await, first, "a draft is for its authors");
    let publish = ivan.request(reqwest::Method::POST, &format!("{COURSE}/publish"));
    let publish = publish.header("If-Match", "*").json(&json!({}));
    crate::support::client::send(publish)
        .await
        .expect_status(201);
    let second = read().await;
    assert_eq!(second["title"], "A new beginning");
    assert_eq!(
        second["version"].as_i64(),
        first["version"].as_i64().map(|v| v + 1)
    );
    let kept = enrolled.get(&path).await.expect_status(200);
    assert_eq!(kept, first, "who is enrolled stays on their version");
    let older = learner
        .get(&format!("{path}?version={}", first["version"]))
        .await;
    assert_eq!(older.expect_status(200)["title"], first["title"]);
    learner
        .get(&format!("{path}?draft=true"))
        .await
        .expect_problem(403, "course.staff_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etag_names_all_that_an_answer_shows() {
    let app = AppTest::demo().await;
    let learner = app.log_in("learner").await;
    let ivan = app.log_in("instructor").await;
    let course = "/api/v1/courses/01940000-0000-7000-8000-000000000001";
    let etag_of = async |path: &str| {
        let answer = learner.get(path).await;
        answer.header("etag").expect("an ETag").to_owned()
    };
    let again = async |path: &str, etag: &str| {
        let request = learner.request(reqwest::Method::GET, path);
        crate::support::client::send(request.header("If-None-Match", etag)).await
    };
    let outline = format!("{course}/outline");
    let of_outline = etag_of(&outline).await;
    let of_course = etag_of(course).await;
    assert_eq!(again(&outline, &of_outline).await.status, 304);
    assert_eq!(again(course, &of_course).await.status, 304);
    let change = ivan
        .request(reqwest::Method::PATCH, course)
        .header("If-Match", &of_course)
        .json(&json!({ "slug": "go-anew" }));
    crate::support::client::send(change)
        .await
        .expect_status(200);
    let changed = again(&outline, &of_outline).await.expect_status(200);
    assert_eq!(changed["slug"], "go-anew");
    let changed = again(course, &of_course).await.expect_status(200);
    assert_eq!(changed["slug"], "go-anew");
}
