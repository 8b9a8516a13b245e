//! Conditional requests (RFC 9110): `If-Match` guards changes, `If-None-Match` saves answers.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use kernel::{Expected, ExpectedHash, FieldFault};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::Error;

/// The longest `If-Match` that is read, in characters.
const MAX_LENGTH: usize = 200;
/// ETags that are hashes, in hexadecimal digits.
const HASHES: &str = r#"^(\*|"[0-9a-f]{1,64}"(, ?"[0-9a-f]{1,64}")*)$"#;

/// The version that the caller believes to change; without it a change is refused with 428.
#[derive(Debug, Clone)]
pub struct IfMatch(pub Expected);

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(req).map(Self))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let pattern = r#"^(\*|"[0-9]{1,18}(-[0-9a-f]{12})?"(, ?"[0-9]{1,18}(-[0-9a-f]{12})?")*)$"#;
        let what = "The ETag of the version that you change, or `*` for whatever is there.";
        vec![required(pattern, what)]
    }
}

/// The content that the caller believes to change, where the hash of the content is the ETag; without it a change is
/// refused with 428.
#[derive(Debug, Clone)]
pub struct IfMatchHash(pub ExpectedHash);

impl FromRequest for IfMatchHash {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let hash = read_hash(req).and_then(|hash| hash.ok_or_else(missing));
        ready(hash.map(Self))
    }
}

impl IntoParams for IfMatchHash {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let what = "The ETag of the content that you change, or `*` for whatever is there.";
        vec![required(HASHES, what)]
    }
}

/// The same, where a change without it is made whatever is there.
#[derive(Debug, Clone)]
pub struct OptionalIfMatchHash(pub Option<ExpectedHash>);

impl FromRequest for OptionalIfMatchHash {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_hash(req).map(Self))
    }
}

impl IntoParams for OptionalIfMatchHash {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let what = "The ETag of the content that you replace, or `*` to replace only what is there. Absent: replaces or creates.";
        vec![param(HASHES, what).required(Required::False).build()]
    }
}

fn required(pattern: &str, what: &str) -> Parameter {
    param(pattern, what)
        .required(Required::True)
        .example(Some("*".into()))
        .build()
}

fn param(pattern: &str, what: &str) -> ParameterBuilder {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(MAX_LENGTH))
        .pattern(Some(pattern))
        .build();
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some(what))
        .schema(Some(schema))
}

fn read(req: &HttpRequest) -> Result<Expected, Error> {
    let tags = tags(req)?.ok_or_else(missing)?;
    let Some(tags) = tags else {
        return Ok(Expected::Any);
    };
    let versions: Option<Vec<i64>> = tags
        .into_iter()
        .map(|inner| {
            // What follows the version names the rest of the body.
            let inner = inner.split_once('-').map_or(inner, |(version, _)| version);
            let digits =
                (1..=18).contains(&inner.len()) && inner.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| inner.parse().ok()).flatten()
        })
        .collect();
    versions.map(Expected::OneOf).ok_or_else(invalid)
}

fn read_hash(req: &HttpRequest) -> Result<Option<ExpectedHash>, Error> {
    let Some(tags) = tags(req)? else {
        return Ok(None);
    };
    let Some(tags) = tags else {
        return Ok(Some(ExpectedHash::Any));
    };
    let hexadecimal =
        |tag: &&str| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
    match tags.iter().all(hexadecimal) {
        true => Ok(Some(ExpectedHash::OneOf(
            tags.into_iter().map(str::to_owned).collect(),
        ))),
        false => Err(invalid()),
    }
}

/// The ETags of `If-Match` without their quotes, if it was sent; of `*`, none.
fn tags(req: &HttpRequest) -> Result<Option<Option<Vec<&str>>>, Error> {
    let Some(value) = req.headers().get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(None));
    }
    let tags = if text.len() <= MAX_LENGTH { text } else { "" };
    let tags: Option<Vec<&str>> = tags
        .split(',')
        .map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'))
        .collect();
    tags.map(|tags| Some(Some(tags))).ok_or_else(invalid)
}

fn missing() -> Error {
    Error::new(
        StatusCode::PRECONDITION_REQUIRED,
        "request.if_match_required",
        "send If-Match with the ETag that you read, so that nobody's change is lost; If-Match: * changes whatever is there",
    )
}

fn invalid() -> Error {
    let fault = FieldFault::new(
        "/header/If-Match",
        "pattern",
        "must be an ETag of this API such as \"3\", or *",
    );
    Error::new(
        StatusCode::BAD_REQUEST,
        "request.if_match_invalid",
        "If-Match is not an ETag of this API; send the ETag that you read, with its quotes",
    )
    .with_fields(vec![fault])
}

/// Turns an answer that the client already has into a 304 without a body.
pub fn not_modified<B: MessageBody + 'static>(res: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
    let reading = matches!(*res.request().method(), Method::GET | Method::HEAD);
    if !reading || res.status() != StatusCode::OK || !matches_etag(&res) {
        return res.map_into_boxed_body();
    }
    let mut response = HttpResponse::NotModified().finish();
    for name in [
        header::ETAG,
        header::CACHE_CONTROL,
        header::VARY,
        header::LINK,
    ] {
        if let Some(value) = res.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    res.into_response(response)
}

fn matches_etag<B>(res: &ServiceResponse<B>) -> bool {
    let etag = res.headers().get(header::ETAG);
    let etag = etag.and_then(|value| value.to_str().ok());
    etag.is_some_and(|etag| is_known(res.request(), etag))
}

/// Whether the client says that it has what this ETag names.
pub fn is_known(req: &HttpRequest, etag: &str) -> bool {
    let wanted = req.headers().get(header::IF_NONE_MATCH);
    let Some(wanted) = wanted.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let weak = |tag| str::trim_start_matches(str::trim(tag), "W/");
    wanted.trim() == "*" || wanted.split(',').any(|tag| weak(tag) == weak(etag))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use kernel::ExpectedHash;

    use super::read_hash;

    #[test]
    fn hashes_are_read_with_their_quotes_and_all_else_is_refused() {
        let read = |sent: &str| {
            let request = TestRequest::default().insert_header(("if-match", sent));
            read_hash(&request.to_http_request())
        };
        let of = |hashes: &[&str]| {
            let hashes = hashes.iter().map(|hash| (*hash).to_owned());
            Some(ExpectedHash::OneOf(hashes.collect()))
        };
        assert_eq!(read("*").unwrap(), Some(ExpectedHash::Any));
        assert_eq!(read("\"0a\"").unwrap(), of(&["0a"]));
        assert_eq!(read("\"0a\", \"1b\"").unwrap(), of(&["0a", "1b"]));
        for wrong in ["", "0a", "\"\"", "\"x\"", "W/\"0a\"", "\"0a\", *"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let absent = TestRequest::default().to_http_request();
        assert_eq!(read_hash(&absent).unwrap(), None);
    }
}
