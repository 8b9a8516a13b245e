//! Request bodies: JSON that is checked against its documented schema before anybody sees it.

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, ResponseError, dev, web};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::Operation;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{CursorKey, Error, json, operation, problem, schema};

/// A client that sends slower than this holds a connection and is cut.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a body of the wrong media type is waited for.
const UNWANTED_TIMEOUT: Duration = Duration::from_secs(1);

/// A body that matched the schema of `T` in every field.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A checked body together with the operation of its request.
#[derive(Debug)]
pub struct Command<T> {
    /// The body.
    pub body: T,
    /// The caller, the request, and the idempotency key.
    pub operation: Operation,
}

/// A body that is either JSON that matched the schema of `T`, or a ZIP archive, with the operation of its request.
#[derive(Debug)]
pub struct Upload<T> {
    /// The body.
    pub body: JsonOrZip<T>,
    /// The caller, the request, and the idempotency key.
    pub operation: Operation,
}

/// The body of an [`Upload`].
#[derive(Debug)]
pub enum JsonOrZip<T> {
    /// With `Content-Type: application/json`.
    Json(Box<T>),
    /// With `Content-Type: application/zip` (APPNOTE.TXT of PKWARE); nothing of it was read yet.
    Zip(web::Bytes),
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Upload<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (req, bytes) = (req.clone(), web::Bytes::from_request(req, payload));
        Box::pin(async move {
            let media = req.headers().get(header::CONTENT_TYPE);
            let media = media.and_then(|media| media.to_str().ok()).unwrap_or("");
            let essence = media.split(';').next().unwrap_or(media).trim();
            if essence.eq_ignore_ascii_case("application/zip") {
                let bytes = arrive(bytes).await?;
                let operation = operation::of(&req, || sign(&req, &bytes)).await?;
                let body = JsonOrZip::Zip(bytes);
                return Ok(Self { body, operation });
            }
            let bytes = receive(&req, bytes).await.map_err(or_zip)?;
            let value = parse::<T>(&bytes)?;
            let operation = operation::of(&req, || fingerprint(&req, &value)).await?;
            let body = JsonOrZip::Json(Box::new(typed(value)?));
            Ok(Self { body, operation })
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (req, bytes) = (req.clone(), web::Bytes::from_request(req, payload));
        Box::pin(async move {
            let bytes = receive(&req, bytes).await?;
            typed(parse::<T>(&bytes)?).map(Self)
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Command<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (req, bytes) = (req.clone(), web::Bytes::from_request(req, payload));
        Box::pin(async move {
            let bytes = receive(&req, bytes).await?;
            let value = parse::<T>(&bytes)?;
            let operation = operation::of(&req, || fingerprint(&req, &value)).await?;
            let body = typed(value)?;
            Ok(Self { body, operation })
        })
    }
}

/// Names the other media type that an [`Upload`] takes.
fn or_zip(error: Error) -> Error {
    match error.status_code() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "request.media_type_unsupported",
            "send the body as JSON in UTF-8 with the header Content-Type: application/json, or as a ZIP archive with Content-Type: application/zip",
        ),
        _ => error,
    }
}

/// Of what the body says, not of how it is written: blanks and the order of fields do not count.
/// Keyed, because a body may hold a password that must not be found by trying.
fn fingerprint(req: &HttpRequest, value: &Value) -> Result<String, Error> {
    // The fields of a `Value` are sorted by name.
    sign(req, value.to_string().as_bytes())
}

fn sign(req: &HttpRequest, bytes: &[u8]) -> Result<String, Error> {
    let tag = CursorKey::of(req)?.sign(bytes);
    Ok(BASE64_URL_SAFE_NO_PAD.encode(tag))
}

/// JSON, or a merge patch (RFC 7396), which is JSON.
fn check_media_type(req: &HttpRequest) -> Result<(), Error> {
    let media = req.headers().get(header::CONTENT_TYPE);
    let media = media.and_then(|value| value.to_str().ok()).unwrap_or("");
    let (essence, parameters) = media.split_once(';').unwrap_or((media, ""));
    let essence = essence.trim();
    // JSON is UTF-8 (RFC 8259, section 8.1), and a parameter that says so is harmless.
    let other = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='));
    let mut other = other.filter(|(name, charset)| {
        name.trim().eq_ignore_ascii_case("charset")
            && !charset
                .trim()
                .trim_matches('"')
                .eq_ignore_ascii_case("utf-8")
    });
    let json = essence.eq_ignore_ascii_case("application/json")
        || essence.eq_ignore_ascii_case("application/merge-patch+json");
    if json && other.next().is_none() {
        Ok(())
    } else {
        Err(Error::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "request.media_type_unsupported",
            "send the body as JSON in UTF-8 with the header Content-Type: application/json",
        ))
    }
}

/// The bytes of a body of the right media type. One that breaks off is reported as that whatever it says
/// of its type, because nothing can be known of what it would have been.
async fn receive(
    req: &HttpRequest,
    bytes: impl Future<Output = Result<web::Bytes, actix_web::Error>>,
) -> Result<web::Bytes, Error> {
    let Err(unwanted) = check_media_type(req) else {
        return arrive(bytes).await;
    };
    let arrived = tokio::time::timeout(UNWANTED_TIMEOUT, bytes).await;
    match arrived {
        Ok(Err(error)) if !is_too_large(&error) => Err(body_broken()),
        _ => Err(unwanted),
    }
}

pub(crate) async fn arrive<T>(
    bytes: impl Future<Output = Result<T, actix_web::Error>>,
) -> Result<T, Error> {
    let arrived = tokio::time::timeout(BODY_TIMEOUT, bytes).await;
    let arrived = arrived.map_err(|_| {
        Error::new(
            StatusCode::REQUEST_TIMEOUT,
            "request.timeout",
            "the body took too long to arrive; send it again",
        )
    })?;
    arrived.map_err(unread)
}

fn is_too_large(error: &actix_web::Error) -> bool {
    error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE
}

fn unread(error: actix_web::Error) -> Error {
    if is_too_large(&error) {
        too_large()
    } else {
        body_broken()
    }
}

pub(crate) fn too_large() -> Error {
    Error::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "request.too_large",
        "the body is larger than this endpoint accepts; send a smaller one",
    )
}

/// 400 for a body that breaks off or whose end is unclear, after which the
/// connection is of no use.
pub fn body_broken() -> Error {
    Error::new(
        StatusCode::BAD_REQUEST,
        "request.body_incomplete",
        "the body is incomplete; send it again over a new connection",
    )
    .with_close()
}

/// The value of a body that keeps its schema.
fn parse<T: ToSchema + 'static>(bytes: &[u8]) -> Result<Value, Error> {
    let checked = schema::cached(TypeId::of::<T>(), schema::of::<T>);
    let checked = checked.ok_or_else(problem::misconfigured)?;
    let mut read = json::read(bytes, &checked.shape).map_err(malformed)?;
    let faults = checked.faults_of(&read);
    if !faults.is_empty() {
        return Err(invalid().with_fields(faults));
    }
    whole_numbers(&mut read.value);
    Ok(read.value)
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| {
        let fault = kernel::FieldFault::new("", "shape", error.to_string());
        invalid().with_fields(vec![fault])
    })
}

fn malformed(broken: json::Broken) -> Error {
    let json::Broken {
        line,
        column,
        reason,
        ..
    } = broken;
    let detail = format!("the body is not valid JSON: line {line}, column {column}: {reason}");
    let error = Error::new(StatusCode::BAD_REQUEST, "request.malformed", detail.clone());
    if broken.pointer.is_empty() {
        return error;
    }
    error.with_fields(vec![kernel::FieldFault::new(
        broken.pointer,
        "json",
        detail,
    )])
}

/// To JSON Schema `3.0` is an integer; typed decoding wants it written as one.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().filter(|_| number.is_f64());
            let whole = float.filter(|float| float.fract() == 0.0 && float.abs() < 9e15);
            if let Some(whole) = whole {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the bound above keeps it within the exact integers"
                )]
                let whole = whole as i64;
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

fn invalid() -> Error {
    Error::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "request.invalid",
        "some fields are invalid; see `errors`",
    )
}
