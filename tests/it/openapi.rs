//! The document is the one that is committed, and says what the conventions ask for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestApp;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    operations
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let generated = serde_json::to_string_pretty(&gopro::gateway::openapi::document());
    let generated = generated.expect("JSON") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        generated == committed,
        "openapi/openapi.json is not what the handlers say; run: make openapi"
    );
}

#[test]
fn every_operation_has_what_a_reader_needs() {
    let document = gopro::gateway::openapi::document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let id = operation["operationId"].as_str().expect(&name).to_owned();
        assert!(ids.insert(id.clone()), "{id} is used twice");
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|text| text.len() > 3),
            "{name} has no summary"
        );
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{name} has not one tag"
        );
        assert!(
            operation["security"].is_array(),
            "{name} does not say who may call it"
        );
        let responses = operation["responses"].as_object().expect("responses");
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name} never succeeds"
        );
        let secured = operation["security"][0]
            .as_object()
            .is_some_and(|entry| !entry.is_empty());
        assert!(
            !secured || responses.contains_key("401"),
            "{name} lacks 401"
        );
    }
    assert!(ids.len() >= 70, "only {} operations", ids.len());
}

#[test]
fn request_objects_refuse_more_than_they_know_and_bound_what_they_take() {
    let document = gopro::gateway::openapi::document();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        if let Some(body) =
            operation["requestBody"]["content"]["application/json"]["schema"].as_object()
        {
            check_request(&document, &Value::Object(body.clone()), &name, 0);
        }
        for param in operation["parameters"].as_array().into_iter().flatten() {
            check_bounds(&param["schema"], &format!("{name} {}", param["name"]));
        }
    }
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    for (name, schema) in schemas {
        check_bounds(schema, name);
    }
}

fn check_request(document: &Value, schema: &Value, name: &str, depth: usize) {
    if depth > 8 {
        return;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(&reference[1..]).expect(reference);
        return check_request(document, target, reference, depth + 1);
    }
    if schema["type"] == "object" || schema.get("properties").is_some() {
        assert_eq!(
            schema["additionalProperties"], false,
            "{name} takes unknown fields"
        );
    }
    for child in schema["properties"]
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.values())
    {
        check_request(document, child, name, depth + 1);
    }
    for list in ["oneOf", "anyOf", "allOf"] {
        for child in schema[list].as_array().into_iter().flatten() {
            check_request(document, child, name, depth + 1);
        }
    }
    if schema.get("items").is_some() {
        check_request(document, &schema["items"], name, depth + 1);
    }
}

fn check_bounds(schema: &Value, name: &str) {
    let is = |kind: &str| {
        schema["type"] == kind
            || schema["type"]
                .as_array()
                .is_some_and(|kinds| kinds.contains(&Value::from(kind)))
    };
    let has = |names: &[&str]| names.iter().any(|name| schema.get(*name).is_some());
    if is("string") {
        assert!(
            has(&["maxLength", "format", "enum", "const"]),
            "{name}: a string without a bound: {schema}"
        );
    }
    if is("array") {
        assert!(
            has(&["maxItems"]),
            "{name}: an array without a bound: {schema}"
        );
    }
    if is("integer") {
        assert!(
            has(&["minimum", "maximum", "format", "enum"]),
            "{name}: an integer without a bound: {schema}"
        );
    }
    for (field, child) in schema["properties"].as_object().into_iter().flatten() {
        check_bounds(child, &format!("{name}.{field}"));
    }
    if schema.get("items").is_some() {
        check_bounds(&schema["items"], &format!("{name}[]"));
    }
    for list in ["oneOf", "anyOf", "allOf"] {
        for child in schema[list].as_array().into_iter().flatten() {
            check_bounds(child, name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_and_swagger_ui_are_served_from_the_binary() {
    let app = TestApp::spawn().await;
    let client = app.anonymous();
    let served = client.get("/openapi.json").await.expect_status(200);
    assert_eq!(served, gopro::gateway::openapi::document());
    for address in ["/", "/docs", "/swagger-ui", "/swagger-ui/"] {
        let answer = client.get(address).await;
        assert_eq!(answer.status, 307, "{address}");
        assert_eq!(answer.header("location"), Some("/docs/"));
    }
    let page = client.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(page.text.contains("swagger-ui"), "{}", page.text);
    assert!(
        !page.text.contains("http://") && !page.text.contains("https://"),
        "the page asks the network"
    );
    let script = client.get("/docs/swagger-ui-bundle.js").await;
    assert_eq!(script.status, 200);
    assert!(script.text.len() > 100_000);
}

#[test]
fn every_scope_is_one_that_a_token_can_have() {
    let document = gopro::gateway::openapi::document();
    let mut named = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            for scheme in operation["security"].as_array().into_iter().flatten() {
                for (name, scopes) in scheme.as_object().expect("a requirement") {
                    assert_eq!(name, "bearer", "{method} {path}");
                    for scope in scopes.as_array().expect("scopes") {
                        let scope = scope.as_str().expect("a word");
                        let known = rest::SCOPES.contains(&scope) || scope == rest::MFA_ENROLL;
                        assert!(known, "{method} {path}: {scope}");
                        named.insert(scope.to_owned());
                    }
                }
            }
        }
    }
    for scope in rest::SCOPES {
        assert!(named.contains(scope), "no operation takes {scope}");
    }
}
