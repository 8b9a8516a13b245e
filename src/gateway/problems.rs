//! Problem documents for every error, and a short page about each kind of problem.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use rest::{RequestId, problem};

/// Middleware: every error answer is a problem with the request's id.
///
/// # Errors
/// Those of the inner service that have no answer of their own.
pub async fn finish_problems<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = req.extensions().get::<RequestId>().cloned();
    let res = match next.call(req).await {
        Ok(res) => res.map_into_boxed_body(),
        Err(error) => ServiceResponse::new(stand_in(id), HttpResponse::from_error(error)),
    };
    Ok(problem::finish(res))
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

/// The page that a problem's `type` leads to.
pub async fn explain_problem(code: web::Path<String>) -> HttpResponse {
    let known = code.len() <= 100
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'.');
    if !known {
        return HttpResponse::NotFound().finish();
    }
    let text = format!(
        "Problem {code}\n\nThe field detail of the answer says what went wrong and what to do next.\nThe field errors names each field at fault by a JSON Pointer.\nThe field instance is the id of the request: quote it in a report.\nAll operations and their problems: /docs\n"
    );
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text)
}
