//! The document is the one that is committed, and follows the conventions.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::AppTest;

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
    // The command writes what cannot be seen as JSON escapes it.
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    assert!(
        value(&generated) == value(&committed),
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
    let app = AppTest::spawn().await;
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
    for own in ["gopro.js", "gopro.css"] {
        assert!(page.text.contains(&format!("\"{own}\"")), "{}", page.text);
        let answer = client.get(&format!("/docs/{own}")).await;
        assert_eq!(answer.status, 200, "{own}");
        assert!(!answer.text.contains("://"), "{own} asks the network");
    }
    let problems = served["components"]["responses"].as_object();
    for (name, response) in problems.expect("responses") {
        let example = &response["content"]["application/problem+json"]["example"];
        let page = client.get(example["type"].as_str().expect(name)).await;
        assert_eq!(page.status, 200, "{example}");
        assert!(page.text.contains(example["code"].as_str().expect(name)));
    }
}

#[test]
fn every_operation_has_its_place_on_the_way_of_a_user() {
    let document = gopro::gateway::openapi::document();
    let mut places = std::collections::BTreeSet::new();
    let mut count = 0;
    for item in document["paths"].as_object().expect("paths").values() {
        for (_, operation) in item.as_object().expect("operations") {
            let place = operation["x-order"].as_u64();
            places
                .insert(place.unwrap_or_else(|| panic!("no place: {}", operation["operationId"])));
            count += 1;
        }
    }
    assert_eq!(places.len(), count);
    assert_eq!(
        places.last().copied(),
        Some(count as u64 - 1),
        "one is gone"
    );
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

/// Lists that hold long texts and have a bound that their schema does not say.
const BOUNDED_OTHERWISE: [(&str, &str); 3] = [
    (
        "/api/v1/progress/courses/{course}/gradebook",
        "a page has at most 20000 grades of exercises, whatever its limit",
    ),
    (
        "/api/v1/lessons/{lesson}/exercises",
        "the texts of a course have at most 4 MiB together",
    ),
    (
        "/api/v1/courses/{course}/versions/{number}/diff/{other}",
        "the texts of two versions have at most 8 MiB together",
    ),
];

#[test]
fn no_page_of_a_list_is_larger_than_twenty_megabytes() {
    let document = gopro::gateway::openapi::document();
    let mut lists = 0;
    for (method, path, operation) in operations(&document) {
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let schema = resolved(&document, schema);
        if method != "GET" || schema["properties"]["page"].is_null() {
            continue;
        }
        lists += 1;
        let largest = largest(&document, schema, 0);
        let otherwise = BOUNDED_OTHERWISE.iter().any(|(known, _)| *known == path);
        assert_eq!(
            largest > 20_000_000,
            otherwise,
            "a page of {path} may have {largest} bytes; show summaries, or say what bounds it"
        );
    }
    assert!(lists > 15, "only {lists} lists");
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect(reference),
        None => schema,
    }
}

/// The bytes of the longest JSON that `schema` allows, with four for each character: no request
/// brings the control characters whose escape is longer.
fn largest(document: &Value, schema: &Value, depth: usize) -> u64 {
    assert!(depth < 20, "{schema} has no end");
    let schema = resolved(document, schema);
    let of = |part: &Value| largest(document, part, depth + 1);
    for list in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[list].as_array() {
            return parts.iter().map(of).max().unwrap_or(0);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null"),
        kind => Some(kind),
    };
    match kind.and_then(Value::as_str) {
        Some("string") if schema["format"] == "uuid" => 38,
        Some("string") if schema["enum"].is_array() => {
            let words = schema["enum"].as_array().into_iter().flatten();
            let longest = words.filter_map(Value::as_str).map(str::len).max();
            2 + u64::try_from(longest.unwrap_or(0)).unwrap_or(0)
        }
        Some("string") => 2 + 4 * schema["maxLength"].as_u64().unwrap_or(60),
        Some("array") => {
            let items = schema["maxItems"].as_u64().unwrap_or(1000);
            2 + items * (1 + of(&schema["items"]))
        }
        Some("object") => match schema["properties"].as_object() {
            Some(fields) => fields
                .iter()
                .map(|(name, field)| u64::try_from(name.len()).unwrap_or(0) + 4 + of(field))
                .sum(),
            // The facts of an entry of the audit log: ids and words of the code.
            None => 2000,
        },
        _ => 24,
    }
}
