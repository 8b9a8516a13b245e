//! A panic is one failed request, not a dead worker.

use std::panic::AssertUnwindSafe;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use futures::FutureExt;

/// Middleware: a panic in a handler or another middleware becomes a 500 problem.
///
/// # Errors
/// Those of the inner service, and the panic.
pub async fn catch_panics<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let answer = AssertUnwindSafe(next.call(req)).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        tracing::error!("a request panicked");
        Err(rest::Error::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server.internal_error",
            "something went wrong on our side. Try again; if it happens again, report the request ID (instance)",
        )
        .into())
    })
}
