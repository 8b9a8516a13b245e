//! No request runs for ever.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, web};

/// How long a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Duration);

/// Middleware: answers 503 when the inner service takes too long; what it had begun is rolled back.
///
/// # Errors
/// Those of the inner service, and the passed deadline.
pub async fn within_deadline<B: MessageBody>(
    deadline: web::Data<Deadline>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let answer = tokio::time::timeout(deadline.0, next.call(req)).await;
    answer.unwrap_or_else(|_| {
        Err(rest::Error::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "server.timeout",
            "the request took too long and was canceled; try again",
        )
        .with_retry_after(Duration::from_secs(1))
        .into())
    })
}
