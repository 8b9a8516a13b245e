//! The span of a request: what it was and how it ended, and no personal data.

use actix_web::Error;
use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use rest::RequestId;
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

/// Builds the root span of each request.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request
            .extensions()
            .get::<RequestId>()
            .map(ToString::to_string);
        let route = request.match_pattern();
        tracing::info_span!(
            "request",
            http.method = %request.method(),
            http.route = route.as_deref().unwrap_or("unmatched"),
            http.status = tracing::field::Empty,
            request.id = id,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        if let Ok(response) = outcome {
            span.record("http.status", response.status().as_u16());
        }
        span.in_scope(|| tracing::debug!("request served"));
    }
}
