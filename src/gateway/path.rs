//! One spelling for each path: what reads the path before the router does must not see another one.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::middleware::Next;

/// Middleware: decodes the percent-encoded characters of a path that need no encoding (RFC 3986,
/// section 6.2.2.2), as the router does later. Everything else stays as it came.
///
/// # Errors
/// Those of the inner service.
pub async fn normalize_path<B: MessageBody>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Some(uri) = normalized(req.uri()) {
        req.match_info_mut().get_mut().update(&uri);
        req.head_mut().uri = uri;
    }
    next.call(req).await
}

/// The address in its one spelling; `None` when it has that already.
fn normalized(uri: &Uri) -> Option<Uri> {
    let mut path = decode_unreserved(uri.path())?;
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

fn decode_unreserved(path: &str) -> Option<String> {
    let mut rest = path;
    let mut decoded = String::with_capacity(path.len());
    while let Some((before, after)) = rest.split_once('%') {
        let byte = after.get(..2);
        let byte = byte.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push_str(before);
        match byte.map(char::from) {
            Some(letter) if letter.is_ascii_alphanumeric() || "-._~".contains(letter) => {
                decoded.push(letter);
                rest = &after[2..];
            }
            _ => {
                decoded.push('%');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    (decoded != path).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::normalized;

    fn spelled(address: &str) -> String {
        let uri = address.parse().expect("an address");
        normalized(&uri).map_or_else(|| address.to_owned(), |uri| uri.to_string())
    }

    #[test]
    fn characters_that_need_no_encoding_are_decoded_once_and_the_rest_is_left() {
        assert_eq!(
            spelled("/%61pi/v1/%41uth%2Dx?a=%61"),
            "/api/v1/Auth-x?a=%61"
        );
        for same in [
            "/api/v1/courses",
            "/a%2Fb",
            "/a%252e",
            "/%C3%BC",
            "/a%",
            "/a%zz",
            "/a%2",
        ] {
            assert_eq!(spelled(same), same);
        }
        assert_eq!(spelled("/a%252e%2e"), "/a%252e.");
        assert_eq!(spelled("http://h/%7ea?b"), "http://h/~a?b");
    }
}
