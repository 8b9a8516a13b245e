//! What the endpoints answer: statuses, headers and refusals.

use actix_web::dev::{Service as _, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service, read_body_json};
use actix_web::{App, HttpMessage};
use kernel::Caller;
use rest::MaybeCaller;
use serde_json::{Value, json};
use utoipa_actix_web::AppExt;

use super::*;

/// One request of the learner; answers with status, headers and body.
async fn call(
    test: &ModuleTest,
    method: Method,
    path: &str,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> (StatusCode, Vec<(String, String)>, Value) {
    let (app, _) = App::new()
        .app_data(actix_web::web::Data::new(rest::CursorKey::new(
            b"a key of the test",
        )))
        .into_utoipa_app()
        .configure(|cfg| test.progress.configure(cfg))
        .split_for_parts();
    let app = init_service(app).await;
    let mut request = TestRequest::with_uri(path).method(method);
    for header in headers {
        request = request.insert_header(*header);
    }
    if let Some(body) = body {
        request = request.set_json(body);
    }
    let request = request.to_request();
    request.extensions_mut().insert(MaybeCaller(Some(Caller {
        user_id: learner(),
        session_id: Uuid::from_u128(7).into(),
        roles: Roles::from(vec![Role::Student]),
        scope: String::new(),
    })));
    let response: ServiceResponse = app.call(request).await.unwrap();
    let status = response.status();
    let headers = response.headers().iter().map(|(name, value)| {
        let value = value.to_str().unwrap().to_owned();
        (name.as_str().to_owned(), value)
    });
    let headers = headers.collect();
    let body = match status {
        StatusCode::NO_CONTENT => Value::Null,
        _ => read_body_json(response).await,
    };
    (status, headers, body)
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

async fn get(test: &ModuleTest, path: &str) -> (StatusCode, Value) {
    let (status, _, body) = call(test, Method::GET, path, None, &[]).await;
    (status, body)
}

#[actix_web::test]
async fn enrolling_answers_201_and_then_200() {
    let test = ModuleTest::with_course().await;
    let enroll = || json!({ "course_id": course() });
    let key = [("idempotency-key", "one")];
    let path = "/progress/enrollments";
    let (status, headers, first) = call(&test, Method::POST, path, Some(enroll()), &key).await;
    assert_eq!(status, StatusCode::CREATED);
    let location = format!("/api/v1{path}/{}", first["id"].as_str().unwrap());
    assert_eq!(header(&headers, "location"), Some(location.as_str()));
    assert_eq!(header(&headers, "etag"), Some("\"1\""));
    assert_eq!(header(&headers, "progress-version"), Some("1"));
    let (status, headers, replay) = call(&test, Method::POST, path, Some(enroll()), &key).await;
    assert_eq!((status, &replay), (StatusCode::CREATED, &first));
    assert_eq!(header(&headers, "idempotency-replayed"), Some("true"));
    let (status, _, again) = call(&test, Method::POST, path, Some(enroll()), &[]).await;
    assert_eq!((status, again), (StatusCode::OK, first));
    let (status, _, problem) = call(&test, Method::POST, path, Some(json!({})), &[]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/course_id");
}

#[actix_web::test]
async fn a_lesson_is_worked_through_over_http() {
    let test = ModuleTest::with_course().await;
    let id = test.enroll(learner()).await.id;
    let path = |number: u128, rest: &str| format!("/progress/lessons/{}{rest}", lesson(number));
    let (status, headers, _) = call(&test, Method::POST, &path(1, "/start"), None, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(header(&headers, "progress-version"), Some("2"));
    let report = json!({ "percent": 60, "seconds": 240 });
    let (status, _, body) = call(&test, Method::PUT, &path(1, ""), Some(report), &[]).await;
    assert_eq!(
        (status, &body["lessons"][0]["percent"]),
        (StatusCode::OK, &json!(60))
    );
    let key = [("idempotency-key", "two")];
    let complete = path(1, "/complete");
    let (_, _, first) = call(&test, Method::POST, &complete, None, &key).await;
    let (status, headers, replay) = call(&test, Method::POST, &complete, None, &key).await;
    assert_eq!((status, &replay), (StatusCode::OK, &first));
    assert_eq!(header(&headers, "idempotency-replayed"), Some("true"));
    let open = path(3, "/complete");
    let (status, _, problem) = call(&test, Method::POST, &open, None, &[]).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "progress.exercises_required");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    let (status, _, problem) = call(&test, Method::POST, &path(9, "/start"), None, &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(problem["code"], "progress.enrollment_required");
    let enrollment = format!("/progress/enrollments/{id}");
    let (status, _, _) = call(&test, Method::DELETE, &enrollment, None, &[]).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    let any = [("if-match", "*")];
    let (status, _, _) = call(&test, Method::DELETE, &enrollment, None, &any).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn every_reading_endpoint_answers() {
    let test = ModuleTest::with_course().await;
    test.enroll(learner()).await;
    test.complete(learner(), 1).await.unwrap();
    let course = course();
    for path in [
        "/progress".to_owned(),
        "/progress/enrollments?status=active&limit=1&count=exact".to_owned(),
        format!("/progress/courses/{course}?at_least=2"),
        format!("/progress/courses/{course}/explain"),
        "/progress/next".to_owned(),
        "/progress/streak".to_owned(),
        "/progress/stats".to_owned(),
        "/progress/activity?from=2026-10-01&to=2026-11-02".to_owned(),
        "/progress/leaderboards/global?period=week".to_owned(),
        format!("/progress/leaderboards/course:{course}?around=me"),
        "/achievements?limit=5".to_owned(),
        "/achievements/mine".to_owned(),
    ] {
        let (status, body) = get(&test, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        assert!(!body.to_string().contains("null"), "{path}: {body}");
    }
    let presence = json!({ "visible": true, "alias": "gopher" });
    let path = "/progress/leaderboards/me";
    let (status, _, body) = call(&test, Method::PUT, path, Some(presence), &[]).await;
    assert_eq!(
        (status, &body["display_name"]),
        (StatusCode::OK, &json!("gopher"))
    );
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused_with_the_place_of_the_fault() {
    let test = ModuleTest::with_course().await;
    for (path, pointer) in [
        ("/progress/leaderboards/me", "/path/scope"),
        ("/progress/leaderboards/course:x", "/path/scope"),
        ("/progress/leaderboards/global?period=day", "/query/period"),
        ("/progress/enrollments?state=left", "/query/state"),
        ("/progress/activity?from=yesterday", "/query/from"),
        ("/progress/courses/x", "/path/course"),
        ("/progress/enrollments/x", "/path/enrollment"),
        ("/achievements?limit=0", "/query/limit"),
    ] {
        let (status, problem) = get(&test, path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{path}");
    }
}
