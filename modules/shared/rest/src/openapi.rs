//! Finishing the OpenAPI document: what holds for every operation is written once, here.

mod clients;
mod problems;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use clients::{REF, values};

/// Text without control characters other than tab and line ends.
pub const PLAIN_TEXT: &str = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*$";

/// One line with something to see: no control characters, and none that show nothing or turn the
/// direction of reading (Unicode Technical Report 36, section 2). Joiners and the selectors of emoji,
/// which writing needs, may stand between others; tags stand as they are, because dialects of
/// patterns differ in how they write them. A schema requests it with
/// `format = "line"`.
pub const LINE: &str = concat!(
    r"^[^\x00-\x1F\x7F-\x9F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF0-\uFFFB",
    "\u{E0000}-\u{E0FFF}]*",
    r"[^\x00-\x1F\x7F-\x9F\s\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u2028-\u202E",
    r"\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB",
    "\u{E0000}-\u{E0FFF}]",
    r"[^\x00-\x1F\x7F-\x9F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF0-\uFFFB",
    "\u{E0000}-\u{E0FFF}]*$",
);

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Gives every free string of a schema the pattern that keeps control characters out, and every
/// line the pattern of one.
pub fn bound_strings(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let is_string = fields.get("type").is_some_and(|kind| {
                kind == "string"
                    || kind
                        .as_array()
                        .is_some_and(|kinds| kinds.contains(&json!("string")))
            });
            let bound = ["pattern", "enum", "const"]
                .iter()
                .any(|name| fields.contains_key(*name));
            // A password is any text; every other format is stricter than the pattern.
            let formatted = fields
                .get("format")
                .is_some_and(|format| format != "password");
            if is_string && fields.get("format").is_some_and(|format| format == "line") {
                fields.remove("format");
                fields.insert("pattern".to_owned(), json!(LINE));
            } else if is_string && !bound && !formatted {
                fields.insert("pattern".to_owned(), json!(PLAIN_TEXT));
            }
            for (name, value) in fields.iter_mut() {
                if !["example", "examples", "default", "enum"].contains(&name.as_str()) {
                    bound_strings(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(bound_strings),
        _ => {}
    }
}

/// Adds to each operation the problems that it can answer with, by what it takes and who may call it.
pub fn finish(document: &mut Value) {
    clients::refer_to_items(document);
    for name in schemas_of_requests(document) {
        bound_strings(&mut document["components"]["schemas"][&name]);
    }
    let mut paths = document["paths"].take();
    for item in values(&mut paths) {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                finish_operation(operation, method);
            }
        }
    }
    document["paths"] = paths;
    document["components"]["responses"] = problems::responses();
    drop_unused_schemas(document);
    name_schemas(document);
    clients::prepare(document);
    write_portable_patterns(document);
}

/// Not every dialect of patterns can name the tags of [`LINE`], which lie beyond 16 bits: they are
/// refused all the same, and the document leaves them out.
fn write_portable_patterns(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(write_portable_patterns),
        Value::Object(fields) => {
            if fields.get("pattern").is_some_and(|pattern| pattern == LINE) {
                let portable = LINE.replace("\u{E0000}-\u{E0FFF}", "");
                fields.insert("pattern".to_owned(), json!(portable));
            }
            fields.values_mut().for_each(write_portable_patterns);
        }
        _ => {}
    }
}

/// Names the schemas for a reader of a flat list: `Course` for what the code calls `CourseView`,
/// `CoursePage` for utoipa's `Paged_CourseSummary`, and `CreateCourseRequest` for the body of a
/// request.
fn name_schemas(document: &mut Value) {
    let bodies = referred(document, "requestBody");
    let answers = referred(document, "responses");
    let schemas = document["components"]["schemas"].take();
    let mut named = Map::new();
    let mut names = HashMap::new();
    for (name, schema) in schemas.as_object().into_iter().flatten() {
        let mut new = name.trim_end_matches("View").to_owned();
        if let Some(item) = new.strip_prefix("Paged_") {
            new = format!("{}Page", item.trim_end_matches("Summary"));
        } else if bodies.contains(name) && !answers.contains(name) {
            new = format!("{}Request", new.trim_end_matches("Request"));
        }
        names.insert(format!("{REF}{name}"), format!("{REF}{new}"));
        named.insert(new, schema.clone());
    }
    document["components"]["schemas"] = Value::Object(named);
    rename_references(document, &names);
}

/// The schemas that the operations name directly in this part of theirs.
fn referred(document: &Value, part: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for operation in operations(document) {
        add_references(&operation[part], &mut found);
    }
    found
}

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    let items = document["paths"].as_object().into_iter().flatten();
    items.flat_map(|(_, item)| item.as_object().into_iter().flat_map(Map::values))
}

/// Adds the names of the schemas that `value` refers to.
fn add_references(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix(REF).map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| add_references(item, found)),
        Value::Object(fields) => fields
            .values()
            .for_each(|field| add_references(field, found)),
        _ => {}
    }
}

/// The schemas that these refer to, at whatever depth, and they themselves.
fn reached(document: &Value, roots: HashSet<String>) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut open: Vec<String> = roots.into_iter().collect();
    while let Some(name) = open.pop() {
        let mut next = HashSet::new();
        add_references(&document["components"]["schemas"][&name], &mut next);
        if found.insert(name) {
            open.extend(next);
        }
    }
    found
}

fn rename_references(value: &mut Value, names: &HashMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = names.get(text) {
                text.clone_from(new);
            }
        }
        Value::Array(items) => {
            for item in items {
                rename_references(item, names);
            }
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                rename_references(field, names);
            }
        }
        _ => {}
    }
}

/// The schemas that a request body refers to, at whatever depth. Answers need no such pattern, and
/// Swagger UI would make up a text for it.
fn schemas_of_requests(document: &Value) -> HashSet<String> {
    reached(document, referred(document, "requestBody"))
}

/// utoipa collects the item of each list type beside its page, where nothing refers to it.
fn drop_unused_schemas(document: &mut Value) {
    let mut named = HashSet::new();
    add_references(&document["paths"], &mut named);
    add_references(&document["components"]["responses"], &mut named);
    let used = reached(document, named);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}

fn finish_operation(operation: &mut Value, method: &str) {
    // Doc comments are sentences, and summaries are titles.
    if let Some(summary) = operation["summary"].as_str() {
        operation["summary"] = summary.trim_end_matches('.').into();
    }
    if let Some(params) = operation.get_mut("parameters") {
        bound_strings(params);
    }
    let secured = is_secured(operation);
    if operation.get("description").is_none() {
        let who = if secured {
            "Requires an access token."
        } else {
            "Open to everyone."
        };
        operation["description"] = json!(who);
    }
    for response in values(&mut operation["responses"]) {
        if let Some(headers) = response.get_mut("headers") {
            bound_headers(headers);
        }
    }
    for status in problems_of(operation, method, secured) {
        let responses = &mut operation["responses"];
        if responses.get(status).is_none() {
            responses[status] =
                json!({ "$ref": format!("#/components/responses/{}", problems::name(status)) });
        }
    }
}

fn is_secured(operation: &Value) -> bool {
    let schemes = operation["security"].as_array();
    schemes.is_some_and(|list| {
        list.iter()
            .any(|entry| entry.as_object().is_some_and(|entry| !entry.is_empty()))
    })
}

/// The statuses that an operation can fail with, by what it takes and who may call it.
fn problems_of(operation: &Value, method: &str, secured: bool) -> Vec<&'static str> {
    let has = |place: &str, name: Option<&str>| {
        let params = operation["parameters"].as_array();
        params.is_some_and(|params| {
            params
                .iter()
                .any(|param| param["in"] == place && name.is_none_or(|name| param["name"] == name))
        })
    };
    let body = operation.get("requestBody").is_some();
    let mut statuses = vec!["400", "429", "500", "502", "503", "504"];
    if has("path", None) || method != "get" {
        statuses.push("404");
    }
    if secured {
        statuses.extend(["401", "403"]);
    }
    if body {
        statuses.extend(["408", "413", "415", "422"]);
    }
    if has("header", Some("If-Match")) {
        statuses.push("412");
    }
    if requires_if_match(operation) {
        statuses.push("428");
    }
    if has("header", Some("Idempotency-Key")) && !body {
        statuses.push("422");
    }
    if method != "get" {
        statuses.push("409");
    }
    statuses
}

/// Whether a change without `If-Match` is refused.
fn requires_if_match(operation: &Value) -> bool {
    let params = operation["parameters"].as_array();
    params.is_some_and(|params| {
        params
            .iter()
            .any(|param| param["name"] == "If-Match" && param["required"] == true)
    })
}

fn bound_headers(headers: &mut Value) {
    for header in values(headers) {
        let schema = &mut header["schema"];
        if schema["type"] == "string" && schema.get("maxLength").is_none() {
            schema["maxLength"] = json!(1000);
        }
    }
}
