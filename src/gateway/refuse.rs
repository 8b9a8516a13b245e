//! What no honest client sends is turned away before anything reads it.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::Next;

const IDENTITY: [&str; 6] = [
    "userid",
    "userrole",
    "userroles",
    "user",
    "useremail",
    "authenticateduser",
];

/// Middleware: compressed bodies are refused, because a few kilobytes can inflate to gigabytes;
/// headers that claim an identity are removed, because only the token says who calls.
///
/// # Errors
/// 415 for a compressed body; those of the inner service.
pub async fn refuse_unwanted<B: MessageBody>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let encoding = req.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(rest::Error::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "request.content_encoding_unsupported",
            "compressed bodies are not supported; send the body uncompressed, without Content-Encoding",
        )
        .into());
    }
    let claimed: Vec<HeaderName> = req
        .headers()
        .keys()
        .filter(|name| claims_identity(name.as_str()))
        .cloned()
        .collect();
    for name in claimed {
        req.headers_mut().remove(name);
    }
    next.call(req).await
}

/// `X-User-Id`, `x_user_id` and `X.User.Id` are one to many a proxy.
fn claims_identity(name: &str) -> bool {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let mut bare = letters.map(|letter| letter.to_ascii_lowercase());
    bare.next() == Some(b'x') && IDENTITY.iter().any(|word| bare.clone().eq(word.bytes()))
}

#[cfg(test)]
mod tests {
    use super::claims_identity;

    #[test]
    fn every_spelling_of_an_identity_header_is_seen() {
        for name in [
            "x-user-id",
            "x_user_id",
            "x.user.id",
            "X-USER-ROLE",
            "x-authenticated-user",
        ] {
            assert!(claims_identity(name), "{name}");
        }
        for name in [
            "x-request-id",
            "user-agent",
            "x-forwarded-for",
            "authorization",
        ] {
            assert!(!claims_identity(name), "{name}");
        }
    }
}
