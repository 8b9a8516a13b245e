//! The circumstances of a request as the services want them.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
use kernel::{IdempotencyKey, Operation, UserId};
use utoipa::IntoParams;

use crate::client_address::client_address;
use crate::received_at::received_at;
use crate::reply;
use crate::{Error, MaybeCaller, RequestId};

/// The header that makes a POST repeatable.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyHeader {
    /// A key of your choice, with or without quotes. Repeated within 24 hours, the request changes
    /// nothing and returns the first response with `Idempotency-Replayed: true`. Without a token,
    /// the key applies together with the body: another body is another request.
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
        Box::pin(async move { of(&req, || Ok(String::new())).await.map(Self) })
    }
}

/// The operation of `req`; a fingerprint of the body is taken when there is a key to keep it under.
pub(crate) async fn of(
    req: &HttpRequest,
    fingerprint: impl FnOnce() -> Result<String, Error>,
) -> Result<Operation, Error> {
    // A handler that needs a caller refuses a bad token by itself; where none is needed, such as at
    // a login or a refresh, an outdated one that a client sends along does no harm.
    let caller = MaybeCaller::extract(req).await.ok();
    let caller = caller.and_then(|MaybeCaller(caller)| caller);
    let actor = caller.map(|caller| caller.user_id);
    let correlation = req.extensions().get::<RequestId>().map(ToString::to_string);
    let header = |name: &str| {
        let value = req.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let idempotency = match req.headers().get("idempotency-key") {
        None => None,
        Some(value) => {
            let key = parse_key(value.as_bytes()).ok_or_else(bad_key)?;
            let fingerprint = fingerprint()?;
            scope(req, actor, &fingerprint).map(|scope| IdempotencyKey {
                scope,
                key,
                fingerprint: with_query(req.query_string(), fingerprint),
            })
        }
    };
    Ok(Operation {
        actor,
        correlation: correlation.unwrap_or_default(),
        ip_address: client_address(req).map(|ip_address| ip_address.to_string()),
        causation: None,
        traceparent: header("traceparent").filter(|text| text.len() <= 100),
        idempotency,
        received_at: received_at(req),
        caused_at: None,
    })
}

/// Whose keys these are. Strangers have nothing in common but the word for them, and nothing of
/// their own but what they say, so that the body stands for who sent it; without one, a key of
/// theirs would be everybody's and is not kept.
fn scope(req: &HttpRequest, actor: Option<UserId>, fingerprint: &str) -> Option<String> {
    let who = match actor {
        Some(id) => id.to_string(),
        None if fingerprint.is_empty() => return None,
        None => format!("anonymous {fingerprint}"),
    };
    Some(format!("{who} {} {}", req.method(), req.path()))
}

/// What is asked for stands in the query too, in whatever order.
fn with_query(query: &str, fingerprint: String) -> String {
    if query.is_empty() {
        return fingerprint;
    }
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.sort_unstable();
    let query = reply::fingerprint(parameters.join("&").as_bytes());
    format!("{fingerprint}?{query}")
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
        "request.idempotency_key_invalid",
        "the Idempotency-Key must be 1 to 255 visible ASCII characters; use a UUID",
    )
    .with_fields(vec![fault])
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use kernel::IdempotencyKey;

    use super::{parse_key, scope, with_query};

    #[test]
    fn a_key_counts_for_one_query_whatever_the_order_of_its_parameters() {
        let of = |query| with_query(query, "body".to_owned());
        assert_eq!(of(""), "body");
        assert_ne!(of("publish=true"), of(""));
        assert_ne!(of("publish=true"), of("publish=false"));
        assert_eq!(of("a=1&b=2"), of("b=2&a=1"));
    }

    #[test]
    fn a_key_without_a_token_counts_for_one_body_and_that_of_a_user_for_all_of_theirs() {
        let req = TestRequest::post().uri("/register").to_http_request();
        let user = Some(kernel::Env::system().id());
        assert_ne!(scope(&req, None, "a"), scope(&req, None, "b"));
        assert_eq!(scope(&req, None, "a"), scope(&req, None, "a"));
        assert_eq!(scope(&req, user, "a"), scope(&req, user, "b"));
    }

    #[actix_web::test]
    async fn without_a_user_and_a_body_no_key_is_kept() {
        let req = TestRequest::post().insert_header(("idempotency-key", "k"));
        let req = req.to_http_request();
        let kept = async |body: &str| {
            let body = body.to_owned();
            let operation = super::of(&req, || Ok(body)).await;
            operation.expect("an operation").idempotency
        };
        assert_eq!(kept("").await, None);
        let IdempotencyKey { key, .. } = kept("a").await.expect("a key");
        assert_eq!(key, "k");
    }

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
