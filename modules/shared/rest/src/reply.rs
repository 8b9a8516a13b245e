//! Shaping answers.

use actix_web::HttpResponse;
use actix_web::http::header;
use kernel::{Outcome, Page};
use serde::Serialize;

use crate::List;

/// `Cache-Control` of what is for one person alone (RFC 9111, section 5.2.2).
pub const PRIVATE: &str = "private, no-store";

/// 200 with a personal body.
pub fn ok(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, PRIVATE))
        .json(body)
}

/// 200 with the ETag of the row's version.
pub fn with_version(version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .json(body)
}

/// 201 with the address of what was created; says when an earlier request created it.
pub fn created<T: Serialize>(location: &str, outcome: &Outcome<T>) -> HttpResponse {
    let mut builder = HttpResponse::Created();
    builder
        .insert_header((header::CACHE_CONTROL, PRIVATE))
        .insert_header((header::LOCATION, location));
    if outcome.replayed {
        builder.insert_header(("Idempotency-Replayed", "true"));
    }
    builder.json(&outcome.value)
}

/// 202, with the address of the job that does it when there is one to ask; says when an earlier
/// request began it.
pub fn accepted<T: Serialize>(location: Option<&str>, outcome: &Outcome<T>) -> HttpResponse {
    let mut builder = HttpResponse::Accepted();
    builder.insert_header((header::CACHE_CONTROL, PRIVATE));
    if let Some(location) = location {
        builder.insert_header((header::LOCATION, location));
    }
    if outcome.replayed {
        builder.insert_header(("Idempotency-Replayed", "true"));
    }
    builder.json(&outcome.value)
}

/// As [`created`], with the ETag of the row's version.
pub fn created_at_version<T: Serialize>(
    location: &str,
    version: i64,
    outcome: &Outcome<T>,
) -> HttpResponse {
    let mut response = created(location, outcome);
    if let Ok(etag) = header::HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// 204: done, nothing to tell.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::CACHE_CONTROL, PRIVATE))
        .finish()
}

/// 200 with a page of a list.
pub fn list<F, T: Serialize>(list: &List<F>, page: Page<T>) -> HttpResponse {
    let (body, links) = list.shape(page);
    let mut builder = HttpResponse::Ok();
    builder.insert_header((header::CACHE_CONTROL, PRIVATE));
    if !links.is_empty() {
        builder.insert_header((header::LINK, links));
    }
    builder.json(body)
}
