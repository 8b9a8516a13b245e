//! Headers on every answer, and `HEAD` as a `GET` without a body.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

const API_POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
/// Swagger UI sets styles by script and draws its icons from data addresses.
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/// Whether clients reach this server through TLS, as its public URL says.
#[derive(Debug, Clone, Copy)]
pub struct ReachedByTls(pub bool);

/// Middleware: sets the security headers of each answer (OWASP secure headers). `Strict-Transport-Security`
/// is for answers through TLS alone (RFC 6797, section 7.2), so [`ReachedByTls`] decides on it.
///
/// # Errors
/// Those of the inner service.
pub async fn security_headers<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let page = req.path().starts_with("/docs");
    let by_tls = req
        .app_data::<web::Data<ReachedByTls>>()
        .is_some_and(|reached| reached.0);
    let mut res = next.call(req).await?;
    let policy = if page { PAGE_POLICY } else { API_POLICY };
    // Pictures of public courses are shown by applications of other origins.
    let for_all = |value: &HeaderValue| value.as_bytes().starts_with(b"public");
    let is_for_all = res
        .headers()
        .get(header::CACHE_CONTROL)
        .is_some_and(for_all);
    let resource_policy = if is_for_all {
        "cross-origin"
    } else {
        "same-origin"
    };
    let own_policy = res.headers().get(header::CONTENT_SECURITY_POLICY).cloned();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            resource_policy,
        ),
        (HeaderName::from_static("x-service-name"), "gopro"),
        (
            HeaderName::from_static("x-service-version"),
            env!("CARGO_PKG_VERSION"),
        ),
    ];
    let headers = res.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if by_tls {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    // Swagger UI's pages leave it out, and a browser would guess.
    if headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "text/html")
    {
        let whole = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, whole);
    }
    // The account pages have one of their own.
    if let Some(policy) = own_policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // It says to the compression in between that it must not compress; to clients it must not be said (RFC 9110,
    // section 8.4.1).
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|encoding| encoding == "identity")
    {
        headers.remove(header::CONTENT_ENCODING);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(res)
}

/// Middleware: routes `HEAD` as `GET`; the connection leaves the body out by itself.
///
/// # Errors
/// Those of the inner service.
pub async fn serve_head<B: MessageBody>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if req.method() == Method::HEAD {
        req.head_mut().method = Method::GET;
        // RFC 9110 defines parts of a file for GET alone (section 14.2).
        req.headers_mut().remove(header::RANGE);
    }
    next.call(req).await
}
