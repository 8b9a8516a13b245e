//! Every error as a problem document (RFC 9457).

use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use kernel::{Fault, FieldFault, Kind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::RequestId;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// More faults than this help nobody, and are not looked for.
pub(crate) const MAX_FIELDS: usize = 100;

/// A problem document (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// An address of a page about this kind of problem.
    #[serde(rename = "type")]
    #[schema(max_length = 200, example = "/problems/request.invalid")]
    pub kind: String,
    /// What kind of problem it is, in a few words.
    #[schema(max_length = 200, example = "Unprocessable Content")]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub status: u16,
    /// What went wrong this time and what to do next.
    #[schema(max_length = 4000)]
    pub detail: String,
    /// The ID of the request, to quote in a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub instance: Option<String>,
    /// A stable code for programs.
    #[schema(max_length = 100, example = "request.invalid")]
    pub code: String,
    /// The fields that are invalid; at most the first 100 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100, required = false)]
    pub errors: Vec<FieldFault>,
}

/// What a handler fails with: the problem for the caller, and the cause for the log.
pub struct Error(Box<Parts>);

struct Parts {
    problem: Problem,
    headers: Vec<(HeaderName, HeaderValue)>,
    closes: bool,
    cause: Option<String>,
}

impl Error {
    /// A problem with a status, a stable code and a detail that says what to do next.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            problem: Problem {
                kind: format!("/problems/{code}"),
                title: status.canonical_reason().unwrap_or("Error").to_owned(),
                status: status.as_u16(),
                detail: detail.into(),
                instance: None,
                code: code.to_owned(),
                errors: Vec::new(),
            },
            headers: Vec::new(),
            closes: false,
            cause: None,
        }))
    }

    /// Names the fields at fault.
    #[must_use]
    pub fn with_fields(mut self, mut errors: Vec<FieldFault>) -> Self {
        errors.truncate(MAX_FIELDS);
        self.0.problem.errors = errors;
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Ends the connection with the answer.
    #[must_use]
    pub fn with_close(mut self) -> Self {
        self.0.closes = true;
        self
    }

    /// Adds `Retry-After` (RFC 9110), at least one second.
    #[must_use]
    pub fn with_retry_after(self, wait: std::time::Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// The problem document.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    fn response(&self, instance: Option<String>) -> HttpResponse {
        let mut problem = self.0.problem.clone();
        problem.instance = instance;
        let mut builder = HttpResponse::build(self.status_code());
        builder
            .content_type(MEDIA_TYPE)
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if self.0.closes {
            builder.force_close();
        }
        for (name, value) in &self.0.headers {
            builder.insert_header((name.clone(), value.clone()));
        }
        builder.json(problem)
    }
}

impl<F: Fault> From<F> for Error {
    fn from(fault: F) -> Self {
        let kind = fault.kind();
        let detail = if kind == Kind::Internal {
            "something went wrong on our side. Try again; if it happens again, report the request ID (instance)"
                .to_owned()
        } else {
            fault.to_string()
        };
        let mut error = Self::new(status(kind), fault.code(), detail).with_fields(fault.fields());
        if let Some(wait) = fault.retry_after() {
            error = error.with_retry_after(wait);
        } else if kind == Kind::Unavailable {
            error = error.with_retry_after(std::time::Duration::from_secs(1));
        }
        if kind == Kind::Unauthenticated {
            error = error.with_header(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"gopro\""),
            );
        }
        if error.0.problem.status >= 500 {
            error.0.cause = Some(kernel::with_causes(&fault));
        }
        error
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.problem.status, self.0.problem.code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.problem.detail)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.response(None)
    }
}

/// Gives every error answer its problem document and request id, and logs a 5xx once.
pub fn finish<B: MessageBody + 'static>(res: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
    let status = res.status();
    if !status.is_client_error() && !status.is_server_error() {
        return res.map_into_boxed_body();
    }
    let instance = res.request().extensions().get::<RequestId>().cloned();
    let instance = instance.map(|id| id.to_string());
    let own = res
        .response()
        .error()
        .and_then(|error| error.as_error::<Error>());
    if let Some(error) = own {
        if let Some(cause) = &error.0.cause {
            log(status, instance.as_deref(), cause);
        }
        let response = error.response(instance);
        return merge(res, response);
    }
    let typed = res.headers().get(header::CONTENT_TYPE);
    if typed.is_some_and(|media| media.as_bytes().starts_with(MEDIA_TYPE.as_bytes())) {
        return res.map_into_boxed_body();
    }
    // A page says to people what a problem says to programs.
    if status == StatusCode::NOT_FOUND && is_sandboxed_page(res.headers()) {
        return res.map_into_boxed_body();
    }
    if status.is_server_error() {
        let cause = res.response().error().map(ToString::to_string);
        log(status, instance.as_deref(), &cause.unwrap_or_default());
    }
    let error = match is_preflight(res.request()) {
        true => Error::new(
            status,
            "cors.origin_forbidden",
            "pages of this origin may not call the API with this method and these headers; the operator lists origins in cors.allowed_origins",
        ),
        false => built_in(status),
    };
    let response = error.response(instance);
    merge(res, response)
}

/// Whether it is a page that the handler has written for this, and not one that something else
/// makes up: those have no policy.
fn is_sandboxed_page(headers: &header::HeaderMap) -> bool {
    let begins = |name: header::HeaderName, with: &[u8]| {
        let value = headers.get(name);
        value.is_some_and(|value| value.as_bytes().starts_with(with))
    };
    begins(header::CONTENT_TYPE, b"text/html")
        && begins(header::CONTENT_SECURITY_POLICY, b"sandbox;")
}

/// The preflight of a browser before a page's request (Fetch, section 3.2.2).
fn is_preflight(req: &HttpRequest) -> bool {
    req.method() == Method::OPTIONS
        && req
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What is away for now, or has too much to do, is no defect.
fn log(status: StatusCode, instance: Option<&str>, cause: &str) {
    let (http, id) = (status.as_u16(), instance);
    match status {
        StatusCode::SERVICE_UNAVAILABLE => {
            tracing::warn!(
                http.status = http,
                request.id = id,
                error = cause,
                "a request was rejected for now"
            );
        }
        _ => {
            tracing::error!(
                http.status = http,
                request.id = id,
                error = cause,
                "a request failed"
            );
        }
    }
}

/// Keeps the headers that the failed answer had and the new one lacks, such as `Allow`.
fn merge<B: MessageBody + 'static>(
    res: ServiceResponse<B>,
    mut response: HttpResponse,
) -> ServiceResponse<BoxBody> {
    for (name, value) in res.headers() {
        let replaced = name == header::CONTENT_TYPE
            || name == header::CONTENT_LENGTH
            || name == header::CONTENT_ENCODING;
        if !replaced && !response.headers().contains_key(name) {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    res.into_response(response)
}

/// A part that the server should have been started with is missing.
pub(crate) fn misconfigured() -> Error {
    built_in(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The framework's own errors, in our words.
fn built_in(status: StatusCode) -> Error {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => (
            "request.route_not_found",
            "this route does not exist; see /docs",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "request.method_not_allowed",
            "this path does not support this method; the Allow header lists those that it supports",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "request.too_large",
            "the body is too large; send a smaller one",
        ),
        StatusCode::REQUEST_TIMEOUT => (
            "request.timeout",
            "the request took too long to arrive; send it again",
        ),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
            "request.headers_too_large",
            "the headers are too large; send fewer or shorter ones",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "request.media_type_unsupported",
            "this media type is not supported; send application/json",
        ),
        status if status.is_server_error() => (
            "server.internal_error",
            "something went wrong on our side. Try again; if it happens again, report the request ID (instance)",
        ),
        _ => (
            "request.malformed",
            "the request cannot be read; check it against /docs",
        ),
    };
    Error::new(status, code, detail)
}

fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Limited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
