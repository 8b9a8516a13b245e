//! The problems that operations answer with, one for each status, with an example of each.

use serde_json::{Map, Value, json};

/// Status, name of the response, a code that has this status, and what it means.
const PROBLEMS: [(&str, &str, &str, &str); 16] = [
    (
        "400",
        "BadRequest",
        "request.malformed",
        "The request is invalid: malformed JSON, or a wrong path, query, or header.",
    ),
    (
        "401",
        "Unauthorized",
        "auth.token_invalid",
        "The access token is missing, invalid, or expired.",
    ),
    (
        "403",
        "Forbidden",
        "auth.role_required",
        "The caller is not allowed to do this.",
    ),
    (
        "404",
        "NotFound",
        "course.not_found",
        "The resource does not exist, or the caller is not allowed to see it.",
    ),
    (
        "408",
        "RequestTimeout",
        "request.timeout",
        "The body took too long to arrive.",
    ),
    (
        "409",
        "Conflict",
        "course.slug_taken",
        "The request conflicts with the current state.",
    ),
    (
        "412",
        "PreconditionFailed",
        "request.version_conflict",
        "The resource has changed since it was read.",
    ),
    (
        "413",
        "ContentTooLarge",
        "request.too_large",
        "The body is larger than the endpoint accepts.",
    ),
    (
        "415",
        "UnsupportedMediaType",
        "request.media_type_unsupported",
        "The body is not JSON, or is compressed.",
    ),
    (
        "422",
        "UnprocessableContent",
        "request.invalid",
        "Some fields are invalid; `errors` names each of them.",
    ),
    (
        "428",
        "PreconditionRequired",
        "request.if_match_required",
        "`If-Match` is missing.",
    ),
    (
        "429",
        "TooManyRequests",
        "request.rate_limited",
        "Too many requests; `Retry-After` says when to try again.",
    ),
    (
        "500",
        "InternalServerError",
        "server.internal_error",
        "Something went wrong on our side; report the request ID (`instance`).",
    ),
    (
        "502",
        "BadGateway",
        "upstream.unreachable",
        "Behind a gateway: the service could not be reached, or sent an invalid response.",
    ),
    (
        "503",
        "ServiceUnavailable",
        "server.busy",
        "The service is temporarily unavailable; `Retry-After` says when to try again.",
    ),
    (
        "504",
        "GatewayTimeout",
        "upstream.timeout",
        "Behind a gateway: the service took too long.",
    ),
];

/// The name of the response with this status.
pub(super) fn name(status: &str) -> &'static str {
    let known = PROBLEMS.iter().find(|(known, ..)| *known == status);
    known.map_or("Problem", |(_, name, ..)| *name)
}

/// The responses by name.
pub(super) fn responses() -> Value {
    let mut responses = Map::new();
    for (status, name, code, description) in PROBLEMS {
        let mut example = json!({
            "type": format!("/problems/{code}"),
            "title": title(name),
            "status": status.parse::<u16>().unwrap_or_default(),
            "detail": description,
            "instance": "01940000-0000-7000-8000-00000000abcd",
            "code": code,
        });
        if status == "422" {
            let fault =
                json!({ "pointer": "/title", "code": "required", "message": "is required" });
            example["errors"] = json!([fault]);
        }
        let content = json!({
            "schema": { "$ref": "#/components/schemas/Problem" },
            "example": example,
        });
        responses.insert(
            name.to_owned(),
            json!({ "description": description, "content": { "application/problem+json": content } }),
        );
    }
    Value::Object(responses)
}

/// `NotFound` as the reason phrase `Not Found`.
fn title(name: &str) -> String {
    let mut title = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !title.is_empty() {
            title.push(' ');
        }
        title.push(letter);
    }
    title
}
