//! Conditional requests (RFC 9110): `If-Match` guards changes, `If-None-Match` saves answers.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use kernel::{Expected, FieldFault};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::Error;

/// The longest `If-Match` that is read, in characters.
const MAX_LENGTH: usize = 200;

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
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(MAX_LENGTH))
            .pattern(Some(
                r#"^(\*|"[0-9]{1,18}(-[0-9a-f]{12})?"(, ?"[0-9]{1,18}(-[0-9a-f]{12})?")*)$"#,
            ))
            .build();
        let param = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(utoipa::openapi::Required::True)
            .description(Some(
                "The ETag of the version that you change, or `*` for whatever is there.",
            ))
            .schema(Some(schema))
            .example(Some("*".into()))
            .build();
        vec![param]
    }
}

fn read(req: &HttpRequest) -> Result<Expected, Error> {
    let Some(value) = req.headers().get(header::IF_MATCH) else {
        return Err(Error::new(
            StatusCode::PRECONDITION_REQUIRED,
            "request.if_match_required",
            "send If-Match with the ETag that you read, so that nobody's change is lost; If-Match: * changes whatever is there",
        ));
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Expected::Any);
    }
    let tags = if text.len() <= MAX_LENGTH { text } else { "" };
    let versions: Option<Vec<i64>> = tags
        .split(',')
        .map(|tag| {
            let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
            // What follows the version names the rest of the body.
            let inner = inner.split_once('-').map_or(inner, |(version, _)| version);
            let digits =
                (1..=18).contains(&inner.len()) && inner.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| inner.parse().ok()).flatten()
        })
        .collect();
    versions.map(Expected::OneOf).ok_or_else(|| {
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
    })
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
