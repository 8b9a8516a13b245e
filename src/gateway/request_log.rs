//! One log line for each request, without personal data.

use std::time::Instant;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use aws_lc_rs::hmac;
use kernel::Env;
use rest::MaybeCaller;

/// The target of these lines: `log.level = "info,request=off"` leaves them out.
const TARGET: &str = "request";
/// As much of a hash as tells the callers of a day apart.
const HASH_BYTES: usize = 6;

/// Middleware: logs each request when its answer begins to leave.
///
/// # Errors
/// Those of the inner service.
pub async fn log_request<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
        return next.call(req).await;
    }
    let begun = Instant::now();
    let res = next.call(req).await?;
    let bytes = match res.response().body().size() {
        BodySize::Sized(bytes) => Some(bytes),
        BodySize::None => Some(0),
        BodySize::Stream => None,
    };
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    let (status, caller) = (res.status().as_u16(), caller(res.request()));
    let duration = (milliseconds * 1000.0).round() / 1000.0;
    tracing::info!(
        target: TARGET,
        { http.status = status, http.duration_ms = duration, http.response_bytes = bytes, caller },
        "request served"
    );
    Ok(res)
}

/// The key of the hashes of callers, which this process forgets when it ends.
#[derive(Clone)]
pub(super) struct CallerKey(hmac::Key);

impl CallerKey {
    pub(super) fn new(env: &Env) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &env.bytes::<32>()))
    }
}

/// A keyed hash of the account: it tells callers apart, and does not say who they are to somebody
/// who knows the ids of accounts.
fn caller(req: &HttpRequest) -> Option<String> {
    let key = req.app_data::<web::Data<CallerKey>>()?;
    let extensions = req.extensions();
    let MaybeCaller(caller) = extensions.get::<MaybeCaller>()?;
    let id = caller.as_ref()?.user_id.uuid();
    let hash = hmac::sign(&key.0, id.as_bytes());
    let hash = hash.as_ref().iter().take(HASH_BYTES);
    Some(hash.map(|byte| format!("{byte:02x}")).collect())
}
