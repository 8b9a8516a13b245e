//! Which headers of a service's answer reach the client: those that the API documents. All else is
//! the edge's to say, or nobody's.

use actix_web::http::header::{self as outer, HeaderName, HeaderValue};
use chrono::DateTime;
use hyper::header::{self, HeaderMap};

use super::hop;

/// What the API documents, and what HTTP needs to understand the body.
const PASSING: [&str; 18] = [
    "accept-ranges",
    "allow",
    "cache-control",
    "content-disposition",
    "content-language",
    "content-range",
    "content-security-policy",
    "content-type",
    "etag",
    "idempotency-replayed",
    "last-modified",
    "link",
    "location",
    "progress-version",
    "retry-after",
    "set-cookie",
    "vary",
    "www-authenticate",
];
/// The only cookies of the API, which bind a sign-in to the browser that began it.
const COOKIES: [&[u8]; 2] = [b"gopro_sign_in_", b"__Host-gopro_sign_in_"];
/// What has one value: of two, nobody knows which is meant.
const SINGLE: [header::HeaderName; 8] = [
    header::CONTENT_DISPOSITION,
    header::CONTENT_RANGE,
    header::CONTENT_SECURITY_POLICY,
    header::CONTENT_TYPE,
    header::ETAG,
    header::LAST_MODIFIED,
    header::LOCATION,
    header::RETRY_AFTER,
];
/// For whom it is, when the service says something else of an answer that is for one alone.
const PRIVATE: &str = rest::PRIVATE;

/// Who may get the answer besides the requester.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Nobody.
    Caller,
    /// Everybody, and a good answer may be worth keeping.
    Everybody { remember: bool },
}

/// The headers of an answer as the client gets them; `anonymous` is who showed no token.
pub(super) fn headers(
    headers: &HeaderMap,
    audience: Audience,
    anonymous: bool,
) -> Vec<(HeaderName, HeaderValue)> {
    let named = headers.get_all(header::CONNECTION).iter();
    let named = hop::named_by_connection(named.map(header::HeaderValue::as_bytes));
    let shared = audience != Audience::Caller
        && (anonymous || varies(headers, header::AUTHORIZATION.as_str()));
    let kept = shared || is_private(headers);
    let passing = headers.iter().filter_map(|(name, value)| {
        let known = PASSING.contains(&name.as_str());
        let twice = SINGLE.contains(name) && headers.get_all(name).iter().count() > 1;
        if !known || twice || hop::is_hop_by_hop(name.as_str(), &named) {
            return None;
        }
        let value = match *name {
            header::VARY => without_origin(value)?,
            header::CACHE_CONTROL if !kept => return None,
            header::CONTENT_SECURITY_POLICY if !is_sandbox(value) => return None,
            header::SET_COOKIE if !is_ours(value) => return None,
            header::LOCATION if !leads_on(value) => return None,
            header::RETRY_AFTER if !is_wait(value) => return None,
            _ => value.as_bytes().to_vec(),
        };
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        Some((name.ok()?, HeaderValue::from_bytes(&value).ok()?))
    });
    let mut passing: Vec<_> = passing.collect();
    if headers.contains_key(header::ACCEPT_RANGES) {
        // The edge reads that it must not compress a part of a file, and leaves it out itself.
        let whole = HeaderValue::from_static("identity");
        passing.push((outer::CONTENT_ENCODING, whole));
    }
    if !kept {
        passing.push((outer::CACHE_CONTROL, HeaderValue::from_static(PRIVATE)));
    }
    passing
}

/// Whether it is the policy of a file of somebody, which allows less than ours.
fn is_sandbox(policy: &header::HeaderValue) -> bool {
    policy
        .as_bytes()
        .starts_with(b"sandbox; default-src 'none'")
}

/// One of the API, and for the host that gives it alone.
fn is_ours(cookie: &header::HeaderValue) -> bool {
    let named = COOKIES
        .iter()
        .any(|name| cookie.as_bytes().starts_with(name));
    let mut attributes = cookie.as_bytes().split(|byte| *byte == b';').skip(1);
    named
        && !attributes.any(|one| {
            let name = one.split(|byte| *byte == b'=').next().unwrap_or_default();
            name.trim_ascii().eq_ignore_ascii_case(b"domain")
        })
}

/// Whether it is a path of this host or an address with a host, and no script.
fn leads_on(location: &header::HeaderValue) -> bool {
    let text = location.to_str().unwrap_or_default();
    let path = text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\");
    path || text.starts_with("https://") || text.starts_with("http://")
}

/// Seconds, or a date.
fn is_wait(wait: &header::HeaderValue) -> bool {
    let text = wait.to_str().unwrap_or_default();
    let seconds = text.len() <= 6 && text.parse::<u32>().is_ok() && !text.starts_with('+');
    seconds || DateTime::parse_from_rfc2822(text).is_ok()
}

/// Whether no cache between us and the client may give the answer to others: without a word of that,
/// many do (RFC 9111, section 4.2.2).
fn is_private(headers: &HeaderMap) -> bool {
    let caching = headers.get_all(header::CACHE_CONTROL).iter();
    let text = caching.map(|value| value.to_str().unwrap_or("public").to_ascii_lowercase());
    let text = text.collect::<Vec<_>>().join(",");
    let directives: Vec<&str> = text.split(',').map(str::trim).collect();
    let public = |one: &&str| *one == "public" || one.starts_with("s-maxage");
    let private = directives.contains(&"private") || directives.contains(&"no-store");
    private && !directives.iter().any(public)
}

fn varies(headers: &HeaderMap, by: &str) -> bool {
    let vary = headers.get_all(header::VARY).iter();
    let mut names = vary.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    names.any(|name| name.trim().eq_ignore_ascii_case(by))
}

/// Answers differ by their origin because of the edge, which says so itself.
fn without_origin(value: &header::HeaderValue) -> Option<Vec<u8>> {
    let text = value.to_str().ok()?;
    let names = text.split(',').map(str::trim).filter(|name| {
        let name = name.to_ascii_lowercase();
        name != outer::ORIGIN.as_str() && !name.starts_with("access-control-")
    });
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| names.join(", ").into_bytes())
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::header::{HeaderName, HeaderValue};

    use super::{Audience, headers};

    fn passing(
        sent: &[(&'static str, &'static str)],
        audience: Audience,
        anonymous: bool,
    ) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in sent {
            map.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let passing = headers(&map, audience, anonymous).into_iter();
        passing
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn only_what_the_api_documents_goes_outward() {
        let sent = [
            ("connection", "keep-alive, retry-after"),
            ("retry-after", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("access-control-allow-origin", "*"),
            ("x-request-id", "12345678"),
            ("server", "inner/1.0"),
            ("x-powered-by", "inner"),
            ("x-internal-shard", "7"),
            ("content-security-policy", "default-src *"),
            ("set-cookie", "session=1"),
            ("set-cookie", "gopro_sign_in_a=1; HttpOnly"),
            ("etag", "\"1\""),
            ("vary", "Origin, Access-Control-Request-Method"),
            ("vary", "accept-language, origin"),
        ];
        assert_eq!(
            passing(&sent, Audience::Caller, true),
            [
                "set-cookie: gopro_sign_in_a=1; HttpOnly",
                "etag: \"1\"",
                "vary: accept-language",
                "cache-control: private, no-store"
            ]
        );
    }

    #[test]
    fn headers_that_could_lead_a_client_astray_do_not_pass() {
        let passes = |sent: &[(&'static str, &'static str)]| {
            let everybody = Audience::Everybody { remember: false };
            passing(sent, everybody, true).len()
        };
        for (name, value, count) in [
            ("content-encoding", "identity", 0),
            ("content-encoding", "gzip", 0),
            ("accept-ranges", "bytes", 2),
            ("location", "https://idp.example/", 1),
            ("location", "/api/v1/courses", 1),
            ("location", "//elsewhere", 0),
            ("location", "/\\elsewhere", 0),
            ("location", "javascript:alert(1)", 0),
            ("set-cookie", "gopro_sign_in_a=1; Path=/; HttpOnly", 1),
            ("set-cookie", "gopro_sign_in_a=1; domain=.com; Path=/", 0),
            ("retry-after", "30", 1),
            ("retry-after", "Fri, 31 Dec 2027 23:59:59 GMT", 1),
            ("retry-after", "-5", 0),
            ("retry-after", "+5", 0),
            ("retry-after", "99999999999999999999999", 0),
        ] {
            assert_eq!(passes(&[(name, value)]), count, "{name}: {value}");
        }
        assert_eq!(passes(&[("location", "/a"), ("location", "/b")]), 0);
        assert_eq!(passes(&[("link", "</a>"), ("link", "</b>")]), 2);
    }

    #[test]
    fn what_is_for_one_alone_is_never_public() {
        let everybody = Audience::Everybody { remember: true };
        let caching = |value, audience, anonymous| {
            let lines = passing(&[("cache-control", value)], audience, anonymous);
            lines.concat()
        };
        let private = "cache-control: private, no-store";
        for value in [
            "public",
            "max-age=60, Public",
            "private, s-maxage=60",
            "max-age=60",
            "private=\"x\"",
            "",
        ] {
            assert_eq!(caching(value, Audience::Caller, true), private);
            assert_eq!(caching(value, everybody, false), private);
        }
        assert_eq!(passing(&[], Audience::Caller, true), [private]);
        assert_eq!(caching("public", everybody, true), "cache-control: public");
        let no_cache = caching("private, no-cache", Audience::Caller, false);
        assert_eq!(no_cache, "cache-control: private, no-cache");
        let by_token = [("cache-control", "public"), ("vary", "Authorization")];
        let by_token = passing(&by_token, everybody, false);
        assert_eq!(by_token[0], "cache-control: public");
    }
}
