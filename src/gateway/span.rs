//! The span of a request: what it was and how it ended, and no personal data.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use rest::RequestId;
use tracing::field::{self, Empty};
use tracing::{Instrument, Span};

use super::fallback::route_of;

/// Middleware: everything that is logged for a request stands in its span.
///
/// # Errors
/// Those of the inner service.
pub async fn open_span<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let span = span_of(&req);
    let answer = next.call(req).instrument(span.clone()).await;
    if let Ok(res) = &answer {
        span.record("http.status", res.status().as_u16());
    }
    span.in_scope(|| tracing::debug!("request served"));
    answer
}

fn span_of(req: &ServiceRequest) -> Span {
    let route = route_of(req.request());
    let extensions = req.extensions();
    tracing::info_span!(
        "request",
        http.method = %req.method(),
        http.route = route.template(),
        http.status = Empty,
        request.id = extensions.get::<RequestId>().map(field::display),
    )
}
