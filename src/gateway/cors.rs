//! Which browsers' pages may call: an exact list, never a wildcard.

use actix_cors::Cors;
use actix_web::http::header;

/// Allows the listed origins and nobody else.
pub fn cors(allowed_origins: &[String]) -> Cors {
    let mut cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::AUTHORIZATION.as_str(),
            header::CONTENT_TYPE.as_str(),
            header::IF_MATCH.as_str(),
            header::IF_NONE_MATCH.as_str(),
            "idempotency-key",
            "x-request-id",
            "traceparent",
        ])
        .expose_headers([
            "etag",
            "link",
            "location",
            "retry-after",
            "x-request-id",
            "ratelimit",
            "ratelimit-policy",
            "idempotency-replayed",
            "progress-version",
        ])
        .max_age(600);
    for origin in allowed_origins {
        cors = cors.allowed_origin(origin);
    }
    cors
}
