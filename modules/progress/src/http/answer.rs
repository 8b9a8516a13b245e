//! Answers that carry the version of the progress that they show.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use kernel::Outcome;

use crate::service::Enrolled;
use crate::view::CourseProgress;

const PROGRESS_VERSION: HeaderName = HeaderName::from_static("progress-version");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Adds the `Progress-Version` that a later read may ask for.
pub(crate) fn at_version(mut response: HttpResponse, revision: i64) -> HttpResponse {
    response
        .headers_mut()
        .insert(PROGRESS_VERSION, HeaderValue::from(revision));
    response
}

/// 200 with progress in a course; says when an earlier request did the work.
pub(crate) fn progress(outcome: &Outcome<CourseProgress>) -> HttpResponse {
    let mut response = rest::ok(&outcome.value);
    if outcome.replayed {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    at_version(response, outcome.value.enrollment.revision)
}

/// 201 for a new enrolment, 200 for one that was there.
pub(crate) fn enrolled(outcome: Outcome<Enrolled>) -> HttpResponse {
    let created = outcome.value.created;
    let outcome = outcome.map(|enrolled| enrolled.enrollment);
    let revision = outcome.value.revision;
    let location = format!("/api/v1/progress/enrollments/{}", outcome.value.id);
    let response = if created {
        rest::created_at_version(&location, revision, &outcome)
    } else {
        rest::with_version(revision, &outcome.value)
    };
    at_version(response, revision)
}
