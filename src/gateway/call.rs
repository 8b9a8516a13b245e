//! One call of a service: through its breaker, before the deadline, over a pooled connection.

use std::error::Error;
use std::time::{Duration, Instant};

use actix_web::http::header as outer;
use actix_web::{HttpMessage, HttpRequest, web};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kernel::Ambient;
use rest::{API_TOKEN_PREFIX, RequestId, TokenVerifier};

use super::breaker::Verdict;
use super::hop;
use super::instance::Instance;
use super::refusal::Refusal;
use super::retry::Sent;
use super::upload::{Progress, Sending, Upload};
use super::upstream::Upstream;

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Shorter than the 5 s after which a service closes an idle connection, so that no request meets
/// one that is just being closed.
const IDLE: Duration = Duration::from_secs(3);
/// An answer that takes longer counts as slow.
const SLOW: Duration = Duration::from_secs(1);

const DEADLINE: HeaderName = HeaderName::from_static("x-request-deadline-ms");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Pooled connections; it follows no redirects and leaves bodies as they are.
pub(super) type Client = legacy::Client<HttpConnector, Upload>;

/// A request without its body, which can be sent again.
pub(super) struct Question {
    method: Method,
    /// The path and the query, as they came.
    pub(super) target: String,
    headers: HeaderMap,
    pub(super) deadline: Instant,
}

/// A call that brought no answer.
pub(super) struct Failed {
    pub(super) refusal: Refusal,
    pub(super) sent: Sent,
}

/// Connections of one worker: one of another would be lost when that ends first.
pub(super) fn client() -> Client {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_WITHIN));
    connector.set_nodelay(true);
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector)
}

impl Question {
    /// The request as a service gets it.
    ///
    /// # Errors
    /// 400 when its method cannot be sent on.
    pub(super) fn of(req: &HttpRequest, deadline: Instant) -> Result<Self, rest::Error> {
        let method = Method::from_bytes(req.method().as_str().as_bytes());
        let method = method.map_err(|_| rest::Error::from(Refusal::Malformed))?;
        let target = req.uri().path_and_query();
        let target = target.map_or("/", |target| target.as_str()).to_owned();
        let mut headers = hop::inward(req);
        headers.remove(REQUEST_ID);
        let id = req.extensions().get::<RequestId>().map(ToString::to_string);
        if let Some(Ok(id)) = id.map(|id| HeaderValue::from_str(&id)) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(exchanged) = exchanged(req) {
            headers.insert(AUTHORIZATION, exchanged);
        }
        Ok(Self {
            method,
            target,
            headers,
            deadline,
        })
    }

    fn request(&self, origin: &str, upload: Upload) -> Result<Request<Upload>, hyper::http::Error> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("{origin}{}", self.target))
            .body(upload)?;
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(DEADLINE, left.into());
        Ok(request)
    }
}

/// The access token that the API token of a request was exchanged for when it was verified.
fn exchanged(req: &HttpRequest) -> Option<HeaderValue> {
    let text = req.headers().get(outer::AUTHORIZATION)?.to_str().ok()?;
    let (_, token) = text.split_once(' ')?;
    let token = token.trim();
    if !token.starts_with(API_TOKEN_PREFIX) {
        return None;
    }
    let access = req
        .app_data::<web::Data<TokenVerifier>>()?
        .exchanged(token)?;
    HeaderValue::from_str(&format!("Bearer {access}")).ok()
}

/// Sends a request and waits for the head of its answer.
///
/// # Errors
/// Why there is none, and how far the request came.
pub(super) async fn attempt(
    client: &Client,
    upstream: &Upstream,
    instance: &Instance,
    question: &Question,
    upload: Upload,
    sending: &Sending,
    ambient: &Ambient,
) -> Result<Response<Incoming>, Failed> {
    let failed = |refusal, sent| Failed { refusal, sent };
    let mut permit = instance
        .breaker
        .admit(Instant::now(), chance(ambient))
        .map_err(|wait| failed(Refusal::Open(wait), Sent::Nothing))?;
    let request = question.request(&instance.origin, upload);
    let request = request.map_err(|_| failed(Refusal::Malformed, Sent::Nothing))?;
    let mut answer = client.request(request);
    let left = question.deadline.saturating_duration_since(Instant::now());
    let answered = match tokio::time::timeout(left.min(SLOW), &mut answer).await {
        Ok(answered) => Some(answered),
        Err(_) => {
            if left > SLOW && sending.progress() != Progress::WithClient {
                permit.slow(Instant::now(), chance(ambient));
            }
            let rest = left.saturating_sub(SLOW);
            tokio::time::timeout(rest, &mut answer).await.ok()
        }
    };
    let (refusal, sent, cause) = match answered {
        Some(Ok(response)) => {
            permit.settle(verdict(response.status()), Instant::now(), chance(ambient));
            return Ok(response);
        }
        Some(Err(error)) if error.is_connect() => {
            (Refusal::Unreachable, Sent::Nothing, chain(&error))
        }
        Some(Err(error)) => (Refusal::Unreachable, Sent::Something, chain(&error)),
        None => (
            Refusal::Deadline,
            Sent::Something,
            "it took too long".to_owned(),
        ),
    };
    let refusal = match (sending.progress(), refusal) {
        (Progress::TooLarge, _) => Refusal::TooLarge,
        (Progress::Broken, _) => Refusal::Malformed,
        (Progress::WithClient, Refusal::Deadline) => Refusal::SlowBody,
        (_, refusal) => {
            permit.settle(Verdict::Failure, Instant::now(), chance(ambient));
            tracing::warn!(
                upstream = upstream.module.as_str(),
                instance = instance.origin,
                error = cause,
                "a service did not answer"
            );
            refusal
        }
    };
    Err(failed(refusal, sent))
}

/// Between 0 and 1.
pub(super) fn chance(ambient: &Ambient) -> f64 {
    f64::from(u32::from_le_bytes(ambient.bytes())) / f64::from(u32::MAX)
}

/// What an answer says of the health of its service.
fn verdict(status: StatusCode) -> Verdict {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Verdict::Overload,
        status if is_failure(status.as_u16()) => Verdict::Failure,
        _ => Verdict::Success,
    }
}

/// Whether an answer says that the service has failed.
pub(super) fn is_failure(status: u16) -> bool {
    matches!(status, 500 | 502..=504)
}

/// An answer as it stands in the metrics.
pub(super) fn outcome(status: StatusCode) -> &'static str {
    match verdict(status) {
        Verdict::Success => "answered",
        Verdict::Failure => "failed",
        Verdict::Overload => "overload",
    }
}

/// An instance that is away for a moment. One that names a time wants to be left alone until then,
/// but there may be `others`.
pub(super) fn may_be_better_again(response: &Response<Incoming>, others: bool) -> bool {
    let away = matches!(response.status().as_u16(), 502..=504);
    away && (others || !response.headers().contains_key(RETRY_AFTER))
}

fn chain(error: &legacy::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
