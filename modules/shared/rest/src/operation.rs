//! The circumstances of a request as the services want them.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
use kernel::{IdempotencyKey, Operation};
use utoipa::IntoParams;

use crate::client_address::client_address;
use crate::{Error, MaybeCaller, RequestId};

/// The header that makes a POST repeatable.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyHeader {
    /// A key of your choice, in quotes or bare: sent again within 24 hours, the request changes
    /// nothing and gets the first answer with `Idempotency-Replayed: true`.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$",
        required = false
    )]
    pub key: String,
}

/// The operation of a request without a body.
#[derive(Debug)]
pub struct Op(pub Operation);

impl FromRequest for Op {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { of(&req, String::new()).await.map(Self) })
    }
}

pub(crate) async fn of(req: &HttpRequest, fingerprint: String) -> Result<Operation, Error> {
    // A handler that needs a caller refuses a bad token by itself; where none is needed, such as at
    // a login or a refresh, an outdated one that a client sends along does no harm.
    let caller = MaybeCaller::extract(req).await.ok();
    let caller = caller.and_then(|MaybeCaller(caller)| caller);
    let actor = caller.map(|caller| caller.user_id);
    let correlation = req.extensions().get::<RequestId>().map(ToString::to_string);
    let who = actor.map_or_else(|| "anonymous".to_owned(), |id| id.to_string());
    let scope = format!("{who} {} {}", req.method(), req.path());
    let header = |name: &str| {
        let value = req.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let idempotency = match req.headers().get("idempotency-key") {
        None => None,
        Some(value) => Some(IdempotencyKey {
            scope,
            key: parse_key(value.as_bytes()).ok_or_else(bad_key)?,
            fingerprint,
        }),
    };
    Ok(Operation {
        actor,
        correlation: correlation.unwrap_or_default(),
        address: client_address(req).map(|address| address.to_string()),
        causation: None,
        traceparent: header("traceparent").filter(|text| text.len() <= 100),
        idempotency,
    })
}

/// In quotes, as the draft of the HTTP field says, or bare, as most clients send it.
fn parse_key(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    let fits =
        (1..=255).contains(&inner.len()) && inner.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| inner.to_owned())
}

fn bad_key() -> Error {
    let fault = kernel::FieldFault::new(
        "/header/Idempotency-Key",
        "pattern",
        "must be 1 to 255 visible ASCII characters",
    );
    Error::new(
        StatusCode::BAD_REQUEST,
        "request.idempotency_key",
        "the Idempotency-Key cannot be used; a UUID is a good one",
    )
    .with_fields(vec![fault])
}

#[cfg(test)]
mod tests {
    use super::parse_key;

    #[test]
    fn a_key_is_read_in_quotes_or_bare() {
        assert_eq!(parse_key(b"abc"), Some("abc".to_owned()));
        assert_eq!(parse_key(b"\"abc\""), Some("abc".to_owned()));
        assert_eq!(parse_key(b""), None);
        assert_eq!(parse_key(b"\"\""), None);
        assert_eq!(parse_key(b"a b"), None);
        assert_eq!(parse_key(&[0xff]), None);
    }
}
