//! The description of the API, and answers over HTTP.

use actix_web::http::StatusCode;
use actix_web::{App, test as web_test};
use serde_json::{Value, json as value};
use utoipa_actix_web::AppExt;

use super::*;

async fn document() -> Value {
    let test = ModuleTest::new().await;
    let course = test.again();
    let (_, api) = App::new()
        .into_utoipa_app()
        .configure(|cfg| course.configure(cfg))
        .split_for_parts();
    let mut document = serde_json::to_value(api).unwrap();
    rest::openapi::finish(&mut document);
    document
}

fn unbounded(at: &str, node: &Value, found: &mut Vec<String>) {
    match node {
        Value::Object(fields) => {
            let has = |name: &str| fields.contains_key(name);
            let kind = |kind: &str| match &fields.get("type") {
                Some(Value::String(one)) => one == kind,
                Some(Value::Array(some)) => some.contains(&value!(kind)),
                _ => false,
            };
            let text = kind("string")
                && !["maxLength", "format", "enum", "const"]
                    .iter()
                    .any(|name| has(name));
            let list = kind("array") && !has("maxItems");
            let number = (kind("integer") || kind("number")) && !has("minimum");
            if text || list || number {
                found.push(at.to_owned());
            }
            for (name, child) in fields {
                if !["example", "examples", "default", "enum"].contains(&name.as_str()) {
                    unbounded(&format!("{at}/{name}"), child, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                unbounded(&format!("{at}/{index}"), child, found);
            }
        }
        _ => {}
    }
}

#[actix_web::test]
async fn every_operation_is_documented_once_and_every_value_has_bounds() {
    let document = document().await;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(operation["security"].is_array(), "{id}");
            assert!(operation["summary"].is_string(), "{id}");
            let params = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let mut names: Vec<_> = params
                .iter()
                .map(|p| (p["in"].to_string(), p["name"].to_string()))
                .collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{method} {path}: {params:#?}");
            for place in path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            {
                let own = params
                    .iter()
                    .find(|p| p["name"] == place && p["in"] == "path");
                assert!(
                    own.is_some_and(|p| p.get("example").is_some()),
                    "{method} {path}"
                );
            }
            operations.push(id);
        }
    }
    assert_eq!(operations.len(), 70);
    operations.sort();
    operations.dedup();
    assert_eq!(operations.len(), 70);
    let mut found = Vec::new();
    unbounded("", &document["paths"], &mut found);
    unbounded("", &document["components"]["schemas"], &mut found);
    // What a header may hold is bounded for all modules at once, where the document is finished.
    found.retain(|at| !at.contains("/headers/"));
    assert_eq!(found, Vec::<String>::new());
}

#[actix_web::test]
async fn a_body_is_checked_against_the_kind_that_it_names() {
    use crate::assessment::SubmitAnswer;
    use crate::authoring::CreateExercise;
    let new = |question: Value| value!({ "title": "E", "prompt": "P", "points": 1, "question": question });
    let good = new(
        value!({ "kind": "matching", "pairs": [{ "left": "a", "right": "b" }, { "left": "c", "right": "d" }] }),
    );
    assert_eq!(rest::schema_faults::<CreateExercise>(&good), []);
    let bad = new(
        value!({ "kind": "single_choice", "options": [{ "text": "a", "right": true }], "more": 1 }),
    );
    let mut pointers: Vec<_> = rest::schema_faults::<CreateExercise>(&bad)
        .into_iter()
        .map(|fault| fault.pointer)
        .collect();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/question/more",
            "/question/options",
            "/question/options/0/right"
        ]
    );
    let unknown = new(value!({ "kind": "riddle" }));
    assert_eq!(
        rest::schema_faults::<CreateExercise>(&unknown)[0].pointer,
        "/question/kind"
    );
    for answer in [
        value!({ "kind": "single_choice", "choice": "b" }),
        value!({ "kind": "multiple_choice", "choices": ["b"] }),
        value!({ "kind": "true_false", "value": true }),
        value!({ "kind": "numeric", "value": 1.5 }),
        value!({ "kind": "short_text", "text": "x" }),
        value!({ "kind": "ordering", "order": ["a", "b"] }),
        value!({ "kind": "matching", "matches": [{ "left": "a", "right": "b" }] }),
        value!({ "kind": "code_output", "output": "1\n2" }),
    ] {
        assert_eq!(
            rest::schema_faults::<SubmitAnswer>(&value!({ "answer": answer })),
            []
        );
    }
}

#[actix_web::test]
async fn the_catalogue_is_open_and_cacheable_and_the_rest_needs_a_token() {
    let test = ModuleTest::new().await;
    test.published(value!({})).await;
    let course = test.again();
    let app = App::new()
        .app_data(actix_web::web::Data::new(rest::CursorKey::new(
            b"a key of the test",
        )))
        .into_utoipa_app()
        .configure(|cfg| course.configure(cfg))
        .into_app();
    let app = web_test::init_service(app).await;
    let get = |path: &str| web_test::TestRequest::get().uri(path).to_request();
    let listed = web_test::call_service(&app, get("/courses?q=go&sort=title&count=exact")).await;
    assert_eq!(listed.status(), StatusCode::OK);
    assert_eq!(
        listed.headers().get("cache-control").unwrap(),
        "public, max-age=60, stale-while-revalidate=300"
    );
    assert!(
        listed
            .headers()
            .get("etag")
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("W/\"")
    );
    let body: Value = web_test::read_body_json(listed).await;
    assert_eq!(
        (&body["items"][0]["title"], &body["page"]["total"]),
        (&value!("Go"), &value!(1))
    );
    for (path, status) in [
        ("/tags", StatusCode::OK),
        ("/categories", StatusCode::OK),
        ("/courses?sort=price", StatusCode::BAD_REQUEST),
        ("/courses?nonsense=1", StatusCode::BAD_REQUEST),
        ("/courses?mine=true", StatusCode::UNAUTHORIZED),
        ("/courses/no-such", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(
            web_test::call_service(&app, get(path)).await.status(),
            status,
            "{path}"
        );
    }
}

/// The structures that the description of an operation lists, as code that begins with a kind.
fn listed(document: &Value, operation: &str) -> Vec<Value> {
    let paths = document["paths"].as_object().unwrap().values();
    let mut all = paths.flat_map(|item| item.as_object().unwrap().values());
    let described = all.find(|one| one["operationId"] == operation).unwrap();
    let text = described["description"].as_str().unwrap();
    let spans = text.split('`').filter(|span| span.starts_with("{\"kind\""));
    spans
        .map(|span| serde_json::from_str(span).unwrap())
        .collect()
}

#[actix_web::test]
async fn the_structures_that_the_descriptions_list_are_taken() {
    let (document, test) = (document().await, ModuleTest::new().await);
    let (_, lesson, _) = test.published(value!({})).await;
    let questions = listed(&document, "create_exercise");
    let answers = listed(&document, "submit_answer");
    assert_eq!((questions.len(), answers.len()), (11, 11));
    for (question, answer) in questions.iter().zip(&answers) {
        assert_eq!(question["kind"], answer["kind"]);
        let points = 10;
        let new = value!({ "title": "E", "prompt": "P", "points": points, "question": question });
        let created = test
            .authoring
            .create_exercise(&author(), &op(), lesson.id, json(new))
            .await;
        assert!(created.is_ok(), "{question}: {created:?}");
        let read: Result<crate::domain::Answer, _> = serde_json::from_value(answer.clone());
        assert!(read.is_ok(), "{answer}: {read:?}");
    }
}
