//! The routes and their documentation.

use actix_web::http::StatusCode;
use actix_web::{App, test as http};
use serde_json::Value;
use utoipa_actix_web::AppExt;

use super::ModuleTest;

fn document(test: &ModuleTest) -> Value {
    let (_, api) = App::new()
        .into_utoipa_app()
        .service(utoipa_actix_web::scope("/api/v1").configure(|cfg| test.module.configure(cfg)))
        .split_for_parts();
    let mut document = serde_json::to_value(api).unwrap();
    rest::openapi::finish(&mut document);
    document
}

#[tokio::test]
async fn every_route_is_documented() {
    let test = ModuleTest::new().await;
    let document = document(&test);
    let mut routes: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect();
    routes.sort();
    assert_eq!(
        routes,
        [
            "delete /api/v1/notifications/{notification}",
            "get /api/v1/notifications",
            "get /api/v1/notifications/deliveries",
            "get /api/v1/notifications/unread-count",
            "get /api/v1/notifications/{notification}",
            "patch /api/v1/notifications/{notification}",
            "post /api/v1/notifications/deliveries/{delivery}/retry",
            "post /api/v1/notifications/read-all",
        ]
    );
}

#[tokio::test]
async fn every_string_and_number_of_the_documentation_is_bounded() {
    let test = ModuleTest::new().await;
    let document = document(&test);
    let mut loose = Vec::new();
    find_loose(&document["components"]["schemas"], "", &mut loose);
    find_loose(&document["paths"], "", &mut loose);
    loose.retain(|place| !place.contains("/headers/"));
    assert!(loose.is_empty(), "{loose:#?}");
}

fn find_loose(schema: &Value, place: &str, loose: &mut Vec<String>) {
    let has = |names: &[&str]| names.iter().any(|name| schema.get(name).is_some());
    match schema.get("type").and_then(Value::as_str) {
        Some("string") if !has(&["enum", "format", "maxLength"]) => loose.push(place.to_owned()),
        Some("integer") if !has(&["minimum"]) => loose.push(place.to_owned()),
        Some("array") if !has(&["maxItems"]) => loose.push(place.to_owned()),
        _ => {}
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut kinds: Vec<_> = parts.iter().map(|part| part["type"].as_str()).collect();
        kinds.dedup();
        if kinds.len() > 1 {
            loose.push(format!("{place} can never hold"));
        }
    }
    match schema {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !name.starts_with("example"))
            .for_each(|(name, value)| find_loose(value, &format!("{place}/{name}"), loose)),
        Value::Array(items) => items
            .iter()
            .for_each(|value| find_loose(value, place, loose)),
        _ => {}
    }
}

#[tokio::test]
async fn without_a_token_everything_is_refused_and_fixed_words_are_no_ids() {
    let test = ModuleTest::new().await;
    let app = App::new()
        .app_data(actix_web::web::Data::new(rest::CursorKey::new(
            b"a key of the test",
        )))
        .into_utoipa_app()
        .service(utoipa_actix_web::scope("/api/v1").configure(|cfg| test.module.configure(cfg)))
        .into_app();
    let app = http::init_service(app).await;
    for path in [
        "/notifications",
        "/notifications/unread-count",
        "/notifications/deliveries",
        "/notifications/01940000-0000-7000-8000-000000000f01",
    ] {
        let request = http::TestRequest::get()
            .uri(&format!("/api/v1{path}"))
            .to_request();
        let response = http::try_call_service(&app, request).await;
        let status = match response {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
}
