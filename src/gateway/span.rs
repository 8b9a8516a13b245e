//! The span of a request: what it was and how it ended, and no personal data.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use rest::RequestId;
use tracing::Span;
use tracing::field::{self, Empty};
use tracing_actix_web::RootSpanBuilder;

use super::fallback::route_of;
use super::metrics::known_method;
use super::trace;

/// Builds the root span of each request.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = route_of(request.request());
        let extensions = request.extensions();
        let parent = request.headers().get(trace::TRACEPARENT);
        let parent = parent.and_then(|value| value.to_str().ok());
        tracing::info_span!(
            "request",
            http.method = known_method(request.method().as_str()),
            http.route = route.template(),
            http.status = Empty,
            request.id = extensions.get::<RequestId>().map(field::display),
            trace.id = parent.and_then(trace::trace_id),
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        if let Ok(response) = outcome {
            span.record("http.status", response.status().as_u16());
        }
    }
}
