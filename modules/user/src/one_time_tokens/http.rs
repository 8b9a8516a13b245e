//! The response to a request that sends an email.

use actix_web::HttpResponse;

use super::view::EmailQueued;

/// 202, the same whatever is true of the address.
pub(crate) fn email_sent(detail: &'static str) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(("Cache-Control", rest::PRIVATE))
        .json(EmailQueued { detail })
}
