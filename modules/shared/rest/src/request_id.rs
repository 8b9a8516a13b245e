//! The id that joins everything that one request does.

use std::fmt;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use kernel::{Env, kind};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A request id: the client's own when it matches `[A-Za-z0-9-]{8,64}`, else a new UUIDv7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

#[cfg(test)]
impl From<&str> for RequestId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Middleware: every request gets an id and every answer carries it.
///
/// # Errors
/// Those of the inner service.
pub async fn assign_request_id<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let id = sent(&req).unwrap_or_else(|| {
        let env = req.app_data::<web::Data<Env>>();
        let id = env.map_or_else(|| Env::system().id(), |data| data.id::<kind::Event>());
        id.to_string()
    });
    let value = HeaderValue::from_str(&id);
    req.extensions_mut().insert(RequestId(id.into()));
    let mut res = next.call(req).await?;
    if let Ok(value) = value {
        res.headers_mut().insert(HEADER, value);
    }
    Ok(res)
}

fn sent(req: &ServiceRequest) -> Option<String> {
    let text = req.headers().get(HEADER)?.to_str().ok()?;
    let fits = (8..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| text.to_owned())
}
