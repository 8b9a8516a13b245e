//! Shaping answers.

use actix_web::HttpResponse;
use actix_web::http::header;
use aws_lc_rs::digest::{SHA256, digest};
use kernel::{Outcome, Page};
use serde::Serialize;

use crate::List;

/// `Cache-Control` of what is for one user alone (RFC 9111, section 5.2.2).
pub const PRIVATE: &str = "private, no-store";

const REPLAYED: header::HeaderName = header::HeaderName::from_static("idempotency-replayed");

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

/// As [`with_version`] for a body that shows more than its row, such as names: the ETag changes with
/// the body too, and `If-Match` takes it for the version of the row.
pub fn with_version_and_body(version: i64, body: &impl Serialize) -> HttpResponse {
    with_etag_of(&version.to_string(), body)
}

/// As [`with_version_and_body`]; says when an earlier request did it.
pub fn done_at_version<T: Serialize>(version: i64, outcome: &Outcome<T>) -> HttpResponse {
    let mut response = with_version_and_body(version, &outcome.value);
    if outcome.replayed {
        let headers = response.headers_mut();
        headers.insert(REPLAYED, header::HeaderValue::from_static("true"));
    }
    response
}

/// 200 with a personal body; says when an earlier request did it.
pub fn done<T: Serialize>(outcome: &Outcome<T>) -> HttpResponse {
    let mut response = ok(&outcome.value);
    if outcome.replayed {
        let headers = response.headers_mut();
        headers.insert(REPLAYED, header::HeaderValue::from_static("true"));
    }
    response
}

/// 200 with an ETag that begins with `stem` and changes with the body.
pub fn with_etag_of(stem: &str, body: &impl Serialize) -> HttpResponse {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let etag = format!("\"{stem}-{}\"", fingerprint(&bytes));
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ETAG, etag))
        .content_type("application/json")
        .body(bytes)
}

/// 12 hexadecimal digits that change with the bytes.
pub fn fingerprint(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    let hash = hash.as_ref().iter().take(6);
    hash.map(|byte| format!("{byte:02x}")).collect()
}

/// 201 with the address of what was created; says when an earlier request created it.
pub fn created<T: Serialize>(location: &str, outcome: &Outcome<T>) -> HttpResponse {
    let mut builder = HttpResponse::Created();
    builder
        .insert_header((header::CACHE_CONTROL, PRIVATE))
        .insert_header((header::LOCATION, location));
    if outcome.replayed {
        builder.insert_header((REPLAYED, "true"));
    }
    builder.json(&outcome.value)
}

/// 202, with the address of the job that does it when there is one; says when an earlier
/// request began it.
pub fn accepted<T: Serialize>(location: Option<&str>, outcome: &Outcome<T>) -> HttpResponse {
    let mut builder = HttpResponse::Accepted();
    builder.insert_header((header::CACHE_CONTROL, PRIVATE));
    if let Some(location) = location {
        builder.insert_header((header::LOCATION, location));
    }
    if outcome.replayed {
        builder.insert_header((REPLAYED, "true"));
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

/// 204: done, without content.
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
