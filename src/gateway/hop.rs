//! Which headers of a request reach a service: end to end and no others (RFC 9110, section 7.6.1).

use std::net::IpAddr;

use actix_web::http::header as outer;
use actix_web::{HttpMessage, HttpRequest, web};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use kernel::Env;
use rest::{GatewayKey, RequestId};

/// Those that concern one connection, whatever `Connection` says.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// What only the gateway says to a service, compared without separators, because `X_Forwarded_For` is the
/// same header to many a reader.
const OURS: [&str; 5] = [
    "forwarded",
    "xrealip",
    "xrequestdeadlinems",
    "xoriginalurl",
    "xrewriteurl",
];
/// What the edge has dealt with: the host, `100-continue`, the length, other origins and compression.
const DEALT_WITH: [&str; 5] = [
    "host",
    "expect",
    "content-length",
    "origin",
    "accept-encoding",
];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// The gateway's listener speaks no other.
const PROTO: &str = "http";
const VIA: &str = "1.1 gopro";

/// The headers of a request as a service gets them.
pub(super) fn inward(req: &HttpRequest) -> HeaderMap {
    let named = named_by_connection(
        req.headers()
            .get_all(outer::CONNECTION)
            .map(outer::HeaderValue::as_bytes),
    );
    let mut headers = HeaderMap::new();
    for (name, value) in req.headers() {
        let name = name.as_str();
        let stays = is_hop_by_hop(name, &named)
            || DEALT_WITH.contains(&name)
            || name.starts_with("access-control-")
            || is_ours(name);
        if !stays {
            append(&mut headers, name, value.as_bytes());
        }
    }
    append(&mut headers, header::VIA.as_str(), VIA.as_bytes());
    // The edge compresses, and an encoded answer could not be looked at.
    append(&mut headers, header::ACCEPT_ENCODING.as_str(), b"identity");
    add_client_headers(req, &mut headers);
    headers
}

/// The length that a request states for its body.
pub(super) fn content_length(req: &HttpRequest) -> Option<u64> {
    let stated = req.headers().get(outer::CONTENT_LENGTH)?;
    stated.to_str().ok()?.trim().parse().ok()
}

/// Whether a request has a body.
pub(super) fn has_body(req: &HttpRequest) -> bool {
    let chunked = req.headers().contains_key(outer::TRANSFER_ENCODING);
    chunked || content_length(req).is_some_and(|length| length > 0)
}

fn append(headers: &mut HeaderMap, name: &str, value: &[u8]) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
        headers.append(name, value);
    }
}

pub(super) fn named_by_connection<'a>(values: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut named = Vec::new();
    for value in values {
        let text = String::from_utf8_lossy(value);
        named.extend(text.split(',').map(|name| name.trim().to_ascii_lowercase()));
    }
    named
}

pub(super) fn is_hop_by_hop(name: &str, named: &[String]) -> bool {
    HOP_BY_HOP.contains(&name) || named.iter().any(|other| other == name)
}

fn is_ours(name: &str) -> bool {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let bare: String = letters
        .map(|letter| char::from(letter.to_ascii_lowercase()))
        .collect();
    bare.starts_with("xforwarded") || OURS.contains(&bare.as_str())
}

/// The client, as seen by the gateway itself or by a proxy that it trusts.
fn add_client_headers(req: &HttpRequest, headers: &mut HeaderMap) {
    let host = req.headers().get(outer::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let host = host.filter(|host| {
        let mut bytes = host.bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte))
    });
    let mut forwarded = format!("proto={PROTO}");
    append(headers, FORWARDED_PROTO.as_str(), PROTO.as_bytes());
    if let Some(host) = host {
        append(headers, FORWARDED_HOST.as_str(), host.as_bytes());
        forwarded = format!("host=\"{host}\";{forwarded}");
    }
    // Without the key of the installation the gateway could not show that it is the one who says so.
    let key = req.app_data::<web::Data<GatewayKey>>();
    let env = req.app_data::<web::Data<Env>>();
    let id = req.extensions().get::<RequestId>().map(ToString::to_string);
    if let (Some(key), Some(env), Some(id)) = (key, env, id) {
        let signed = key.sign(env.now(), &id);
        append(headers, rest::FORWARDED_AT, signed.as_bytes());
    }
    if let Some(address) = rest::client_address(req) {
        append(
            headers,
            FORWARDED_FOR.as_str(),
            address.to_string().as_bytes(),
        );
        let address = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("\"[{address}]\""),
        };
        forwarded = format!("for={address};{forwarded}");
    }
    append(headers, header::FORWARDED.as_str(), forwarded.as_bytes());
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use hyper::HeaderMap;

    use super::inward;

    fn text(headers: &HeaderMap, name: &str) -> Vec<String> {
        let values = headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    #[test]
    fn only_end_to_end_headers_go_inward() {
        let req = TestRequest::default()
            .peer_addr("192.0.2.7:4711".parse().expect("an address"))
            .insert_header(("host", "learn.example"))
            .insert_header(("connection", "close, X-Mine"))
            .insert_header(("x-mine", "1"))
            .insert_header(("te", "trailers"))
            .insert_header(("transfer-encoding", "chunked"))
            .insert_header(("proxy-authorization", "Basic eDp5"))
            .insert_header(("x-forwarded-for", "203.0.113.1"))
            .insert_header(("x_forwarded_proto", "https"))
            .insert_header(("x-forwarded-at", "1"))
            .insert_header(("forwarded", "for=203.0.113.1"))
            .insert_header(("x-real-ip", "203.0.113.1"))
            .insert_header(("x-request-deadline-ms", "999999"))
            .insert_header(("authorization", "Bearer token"))
            .insert_header(("traceparent", "00-1-2-01"))
            .to_http_request();
        let headers = inward(&req);
        let mut names: Vec<_> = headers
            .keys()
            .map(hyper::header::HeaderName::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "accept-encoding",
                "authorization",
                "forwarded",
                "traceparent",
                "via",
                "x-forwarded-for",
                "x-forwarded-host",
                "x-forwarded-proto"
            ]
        );
        assert_eq!(text(&headers, "x-forwarded-for"), ["192.0.2.7"]);
        assert_eq!(text(&headers, "x-forwarded-proto"), ["http"]);
        assert_eq!(
            text(&headers, "forwarded"),
            ["for=192.0.2.7;host=\"learn.example\";proto=http"]
        );
    }

    #[test]
    fn a_host_that_could_break_out_of_its_quotes_is_left_out() {
        let req = TestRequest::default()
            .peer_addr("[2001:db8::1]:80".parse().expect("an address"))
            .insert_header(("host", "a\";for=1.2.3.4"))
            .to_http_request();
        let headers = inward(&req);
        assert_eq!(
            text(&headers, "forwarded"),
            ["for=\"[2001:db8::1]\";proto=http"]
        );
        assert!(!headers.contains_key("x-forwarded-host"));
    }
}
