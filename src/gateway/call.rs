//! One call of a service: through its breaker, before the deadline, over a pooled connection.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::{HttpMessage, HttpRequest, web};
use hyper::header::{
    AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE,
    RETRY_AFTER,
};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::capture_connection;
use kernel::Env;
use rest::{RequestId, TokenVerifier};
use token::API_TOKEN_PREFIX;
use tokio::sync::Notify;

use super::breaker::Outcome;
use super::bucket::Bucket;
use super::connection::Client;
use super::hop;
use super::instance::Instance;
use super::received::{Content, Received, Unsound};
use super::refusal::Refusal;
use super::retry::Sent;
use super::upload::{Progress, Sending, Upload};
use super::upstream::Upstream;
use super::wire::{Fault, LARGEST_HEAD, MOST_HEADERS};

/// An answer that takes longer counts as slow.
const SLOW: Duration = Duration::from_secs(1);
/// So many heads like `103 Early Hints` may come before the answer.
const INFORMATIONAL: usize = 8;

/// What the connection adds to the headers of a question: its host, its length and the deadline.
const FURTHER: usize = 4;
const ROOM: usize = 1024;

const DEADLINE: HeaderName = HeaderName::from_static("x-request-deadline-ms");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request without its body, which can be sent again.
pub(super) struct Question {
    method: Method,
    /// The path and the query, as they came.
    pub(super) target: String,
    headers: HeaderMap,
    caller: Bucket,
    pub(super) deadline: Instant,
}

/// A call that brought no answer.
pub(super) struct Failed {
    pub(super) refusal: Refusal,
    pub(super) sent: Sent,
}

impl Question {
    /// The request as a service gets it.
    ///
    /// # Errors
    /// 400 when its method cannot be sent on, 431 when a service would refuse its headers, whose
    /// answer could not be distinguished from the answer to another request.
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
        let size = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4);
        let size = target.len() + size.sum::<usize>() + ROOM;
        if headers.len() + FURTHER > MOST_HEADERS || size > LARGEST_HEAD {
            return Err(Fault::HeadersTooLarge.into());
        }
        Ok(Self {
            method,
            target,
            headers,
            caller: Bucket::of(req),
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
    let token = rest::bearer(req).ok()??;
    if !token.starts_with(API_TOKEN_PREFIX) {
        return None;
    }
    let access = req
        .app_data::<web::Data<TokenVerifier>>()?
        .exchanged(token)?;
    HeaderValue::from_str(&format!("Bearer {access}")).ok()
}

/// Sends a request and waits for its answer, or for the beginning of one that is long.
///
/// # Errors
/// Why there is none that a client may get, and how far the request came.
pub(super) async fn attempt(
    client: &Client,
    upstream: &Upstream,
    instance: &Instance,
    question: &Question,
    upload: Upload,
    sending: &Sending,
    env: &Env,
) -> Result<Received, Failed> {
    let failed = |refusal, sent| Failed { refusal, sent };
    let mut permit = instance
        .breaker
        .admit(sending.body(), Instant::now(), rng(env))
        .map_err(|wait| failed(Refusal::Open(wait), Sent::Nothing))?;
    let request = question.request(&instance.origin, upload);
    let request = request.map_err(|_| failed(Refusal::Malformed, Sent::Nothing))?;
    let mut answer = Box::pin(exchange(client, request));
    let left = question.deadline.saturating_duration_since(Instant::now());
    let answered = match tokio::time::timeout(left.min(SLOW), &mut answer).await {
        Ok(answered) => Some(answered),
        Err(_) => {
            let waits = left > SLOW && sending.progress() != Progress::WithClient;
            if waits && instance.shares.take(question.caller, Instant::now()) {
                permit.slow(Instant::now(), rng(env));
            }
            let rest = left.saturating_sub(SLOW);
            tokio::time::timeout(rest, &mut answer).await.ok()
        }
    };
    let (refusal, sent, cause) = match answered {
        Some(Ok(received)) => {
            let (verdict, now) = (verdict(&received), Instant::now());
            if verdict != Outcome::Failure || instance.shares.take(question.caller, now) {
                permit.settle(verdict, now, rng(env));
            }
            return Ok(received);
        }
        Some(Err(broken)) => (
            broken.refusal(),
            broken.sent(),
            kernel::with_causes(&broken),
        ),
        None => (
            Refusal::Deadline,
            Sent::Something,
            "no answer in time".to_owned(),
        ),
    };
    let refusal = match (sending.progress(), refusal) {
        (Progress::TooLarge, _) => Refusal::TooLarge,
        (Progress::Broken, _) => Refusal::BodyBroken,
        (Progress::WithClient, Refusal::Deadline) => Refusal::SlowBody,
        (_, refusal) => {
            let now = Instant::now();
            // Who could not even be reached is away for everybody.
            if sent == Sent::Nothing || instance.shares.take(question.caller, now) {
                permit.settle(Outcome::Failure, now, rng(env));
            }
            tracing::warn!(
                upstream = upstream.module.as_str(),
                instance = instance.origin,
                error = cause,
                "a service gave no valid response"
            );
            refusal
        }
    };
    Err(failed(refusal, sent))
}

/// Why a request and its answer did not come together.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the request or its answer did not arrive")]
    Connection(#[from] legacy::Error),
    #[error("the answer cannot be passed on")]
    Answer(#[from] Unsound),
}

impl Broken {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Connection(error) => {
                let inner = error.source().and_then(|error| error.downcast_ref());
                match inner.is_some_and(hyper::Error::is_parse) {
                    true => Refusal::BadAnswer,
                    false => Refusal::Unreachable,
                }
            }
            Self::Answer(_) => Refusal::BadAnswer,
        }
    }

    fn sent(&self) -> Sent {
        match self {
            Self::Connection(error) if error.is_connect() => Sent::Nothing,
            _ => Sent::Something,
        }
    }
}

/// A connection over which an answer went wrong is not used again.
async fn exchange(client: &Client, mut request: Request<Upload>) -> Result<Received, Broken> {
    let (count, flood) = (AtomicUsize::new(0), Arc::new(Notify::new()));
    let flooded = Arc::clone(&flood);
    hyper::ext::on_informational(&mut request, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == INFORMATIONAL {
            flooded.notify_one();
        }
    });
    let connection = capture_connection(&mut request);
    let headers = request.headers();
    let sent = headers.get(REQUEST_ID).cloned();
    let conditional =
        headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE);
    let in_part = headers.contains_key(RANGE);
    let received = tokio::select! {
        biased;
        () = flood.notified() => Err(Unsound::Informational(INFORMATIONAL).into()),
        response = client.request(request) => match response {
            // What was sent twice over this connection would be the answer to somebody else.
            Ok(response) if !response.headers().get_all(REQUEST_ID).iter().eq(&sent) => {
                Err(Unsound::OtherRequest.into())
            }
            Ok(response) if response.status() == StatusCode::NOT_MODIFIED && !conditional => {
                Err(Unsound::Status(response.status()).into())
            }
            Ok(response) if response.status() == StatusCode::PARTIAL_CONTENT && !in_part => {
                Err(Unsound::Status(response.status()).into())
            }
            Ok(response) => Received::of(response).await.map_err(Broken::from),
            Err(error) => Err(error.into()),
        },
    };
    if received.is_err()
        && let Some(connected) = &*connection.connection_metadata()
    {
        connected.poison();
    }
    received
}

/// Between 0 and 1.
pub(super) fn rng(env: &Env) -> f64 {
    f64::from(u32::from_le_bytes(env.bytes())) / f64::from(u32::MAX)
}

/// The codes by which a service turns away what would take a lane of its own too long. One caller
/// alone can bring that about, so they say nothing about the health of the service.
const SHED: [&str; 2] = ["auth.busy", "server.busy"];

/// What an answer says of the health of its service.
fn verdict(received: &Received) -> Outcome {
    match received.status {
        StatusCode::TOO_MANY_REQUESTS => Outcome::Overload,
        StatusCode::SERVICE_UNAVAILABLE if is_shed(&received.content) => Outcome::Overload,
        status if is_failure(status.as_u16()) => Outcome::Failure,
        _ => Outcome::Success,
    }
}

fn is_shed(content: &Content) -> bool {
    #[derive(serde::Deserialize)]
    struct Said {
        code: String,
    }
    let Content::Whole(body) = content else {
        return false;
    };
    let said: Option<Said> = serde_json::from_slice(body).ok();
    said.is_some_and(|said| SHED.contains(&said.code.as_str()))
}

/// Whether an answer says that the service has failed.
pub(super) fn is_failure(status: u16) -> bool {
    matches!(status, 500 | 502..=504)
}

/// An answer as it stands in the metrics.
pub(super) fn outcome(received: &Received) -> &'static str {
    match verdict(received) {
        Outcome::Success => "answered",
        Outcome::Failure => "failed",
        Outcome::Overload => "overload",
    }
}

/// An instance that is away for a moment. One that names a time wants to be left alone until then,
/// but there may be `others`.
pub(super) fn may_be_better_again(received: &Received, others: bool) -> bool {
    let away = matches!(received.status.as_u16(), 502..=504);
    away && (others || !received.headers.contains_key(RETRY_AFTER))
}
