//! Problem documents for every error.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use rest::{RequestId, problem};

/// Middleware: every error answer is a problem with the request's id.
///
/// # Errors
/// Those of the inner service that have no answer of their own.
pub async fn finish_problems<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(problem::finish(answer(req, next).await))
}

/// Middleware: as [`finish_problems`], but what a service itself says of its failure stays: the report
/// of `/health` goes out with a 503 as well.
///
/// # Errors
/// Those of the inner service that have no answer of their own.
pub async fn finish_reports<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let res = answer(req, next).await;
    let kind = res.headers().get(header::CONTENT_TYPE);
    match kind.is_some_and(|kind| kind == "application/json") {
        true => Ok(res),
        false => Ok(problem::finish(res)),
    }
}

async fn answer<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> ServiceResponse<BoxBody> {
    let id = req.extensions().get::<RequestId>().cloned();
    match next.call(req).await {
        Ok(res) => res.map_into_boxed_body(),
        Err(error) => ServiceResponse::new(stand_in(id), HttpResponse::from_error(error)),
    }
}

/// The router wants the request for itself, so one that it did not give back (after a panic or a
/// passed deadline) is stood in for by one with the same id.
fn stand_in(id: Option<RequestId>) -> HttpRequest {
    let request = TestRequest::default().to_http_request();
    if let Some(id) = id {
        request.extensions_mut().insert(id);
    }
    request
}

/// Middleware: what the client already has is not sent again.
///
/// # Errors
/// Those of the inner service.
pub async fn revalidate<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(rest::not_modified(next.call(req).await?))
}
