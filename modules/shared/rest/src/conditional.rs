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
            .max_length(Some(200))
            .pattern(Some(r#"^(\*|"[0-9]{1,18}"(, ?"[0-9]{1,18}")*)$"#))
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
            "request.if_match_missing",
            "send If-Match with the ETag that you read, so that nobody's change is lost; If-Match: * changes whatever is there",
        ));
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Expected::Any);
    }
    let versions: Option<Vec<i64>> = text
        .split(',')
        .map(|tag| {
            let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
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
            "request.if_match",
            "the If-Match header is no ETag of this API; send the one that you read, in its quotes",
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
    let text = |value: &header::HeaderValue| value.to_str().map(str::to_owned).ok();
    let etag = res.headers().get(header::ETAG).and_then(text);
    let wanted = res
        .request()
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(text);
    let (Some(etag), Some(wanted)) = (etag, wanted) else {
        return false;
    };
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    wanted.trim() == "*" || wanted.split(',').any(|tag| weak(tag) == weak(&etag))
}
