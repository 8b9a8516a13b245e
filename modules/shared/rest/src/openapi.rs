//! Finishing the OpenAPI document: what holds for every operation is written once, here.

use serde_json::{Map, Value, json};

/// Text without control characters other than tab and line ends.
pub const PLAIN_TEXT: &str = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*$";

/// One line with something to see: no control characters, and none that show nothing or turn the
/// direction of reading (Unicode Technical Report 36, section 2). A schema asks for it with
/// `format = "line"`.
pub const LINE: &str = concat!(
    r"^[^\x00-\x1F\x7F-\x9F\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]*",
    r"[^\x00-\x1F\x7F-\x9F\s\u00AD\u115F\u1160\u200B-\u200F\u2028-\u202E\u2060-\u206F\u2800\u3164\uFEFF\uFFA0]",
    r"[^\x00-\x1F\x7F-\x9F\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]*$"
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
    document["components"]["responses"] = problem_responses();
    drop_unused_schemas(document);
}

/// The schemas that a request body refers to, at whatever depth. Answers need no such pattern, and
/// Swagger UI would make up letters for it.
fn schemas_of_requests(document: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let items = document["paths"].as_object().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let mut texts: Vec<String> = operations
        .map(|(_, operation)| operation["requestBody"].to_string())
        .collect();
    while let Some(text) = texts.pop() {
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap_or_default().to_owned();
            if !found.contains(&name) {
                texts.push(document["components"]["schemas"][&name].to_string());
                found.push(name);
            }
        }
    }
    found
}

/// utoipa collects the item of each list type beside its page, where nothing refers to it.
fn drop_unused_schemas(document: &mut Value) {
    loop {
        let text = document.to_string();
        let Some(schemas) = document["components"]["schemas"].as_object_mut() else {
            return;
        };
        let before = schemas.len();
        schemas.retain(|name, _| text.contains(&format!("\"#/components/schemas/{name}\"")));
        if schemas.len() == before {
            return;
        }
    }
}

fn values(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_object_mut().into_iter().flat_map(Map::values_mut)
}

fn finish_operation(operation: &mut Value, method: &str) {
    if let Some(params) = operation.get_mut("parameters") {
        bound_strings(params);
    }
    let secured = is_secured(operation);
    if operation.get("description").is_none() {
        let who = if secured {
            "It needs an access token."
        } else {
            "It is open to everyone."
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
                json!({ "$ref": format!("#/components/responses/{}", name(status)) });
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
    let mut statuses = vec!["400", "429", "500", "503"];
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
        statuses.extend(["412", "428"]);
    }
    if has("header", Some("Idempotency-Key")) && !body {
        statuses.push("422");
    }
    if method != "get" {
        statuses.push("409");
    }
    statuses
}

fn bound_headers(headers: &mut Value) {
    for header in values(headers) {
        let schema = &mut header["schema"];
        if schema["type"] == "string" && schema.get("maxLength").is_none() {
            schema["maxLength"] = json!(1000);
        }
    }
}

fn name(status: &str) -> &'static str {
    PROBLEMS
        .iter()
        .find(|(code, ..)| *code == status)
        .map_or("Problem", |(_, name, _)| *name)
}

const PROBLEMS: [(&str, &str, &str); 14] = [
    (
        "400",
        "BadRequest",
        "The request cannot be read: broken JSON, a wrong path, query or header.",
    ),
    (
        "401",
        "Unauthorized",
        "An access token is missing or does not count.",
    ),
    ("403", "Forbidden", "The caller may not do this."),
    (
        "404",
        "NotFound",
        "There is no such thing, or the caller may not know of it.",
    ),
    ("408", "RequestTimeout", "The body took too long to arrive."),
    (
        "409",
        "Conflict",
        "The request does not fit the present state.",
    ),
    (
        "412",
        "PreconditionFailed",
        "The resource has changed since it was read.",
    ),
    (
        "413",
        "ContentTooLarge",
        "The body is larger than the endpoint takes.",
    ),
    (
        "415",
        "UnsupportedMediaType",
        "The body is not JSON, or is compressed.",
    ),
    (
        "422",
        "UnprocessableContent",
        "Some fields are not as they must be; `errors` names them all.",
    ),
    ("428", "PreconditionRequired", "`If-Match` is missing."),
    (
        "429",
        "TooManyRequests",
        "Too many requests; `Retry-After` says when to go on.",
    ),
    (
        "500",
        "InternalServerError",
        "A defect on our side; report the request id.",
    ),
    (
        "503",
        "ServiceUnavailable",
        "Something is away for now; `Retry-After` says when to try again.",
    ),
];

fn problem_responses() -> Value {
    let mut responses = Map::new();
    for (_, name, description) in PROBLEMS {
        responses.insert(
            name.to_owned(),
            json!({
                "description": description,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            }),
        );
    }
    Value::Object(responses)
}
