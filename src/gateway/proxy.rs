//! Forwards a request to the service that owns its address, and its answer to the client; neither
//! is ever held in memory as a whole.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use futures::StreamExt;
use http_body_util::{BodyDataStream, BodyExt};
use hyper::Response;
use hyper::body::{Body, Incoming};
use kernel::Ambient;
use tokio::sync::OwnedSemaphorePermit;

use super::call::{self, Client, Failed, Question};
use super::hop;
use super::instance::Instance;
use super::refusal::Refusal;
use super::remembered::{self, Remembered};
use super::retry::{self, Sent};
use super::upload::{Sending, Upload};
use super::upstream::{Upstream, Upstreams};
use crate::config::Settings;
use crate::modules::ModuleName;

/// What all workers of a gateway share.
#[derive(Debug)]
pub(super) struct Shared {
    upstreams: Upstreams,
    remembered: Remembered,
    timeout: Duration,
    body_limit: usize,
    ambient: Ambient,
}

/// The proxy of one worker, with connections of its own.
#[derive(Clone)]
pub(super) struct Proxy {
    shared: Arc<Shared>,
    client: Client,
}

/// An answer, and the room that it takes up until it was passed on.
struct Answer {
    response: Response<Incoming>,
    room: OwnedSemaphorePermit,
}

impl Shared {
    /// A proxy to these services.
    pub(super) fn new(settings: &Settings, upstreams: Upstreams, ambient: Ambient) -> Self {
        Self {
            upstreams,
            remembered: Remembered::default(),
            timeout: Duration::from_secs(settings.server.request_timeout_seconds),
            body_limit: settings.server.body_limit_bytes,
            ambient,
        }
    }
}

impl Proxy {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            client: call::client(),
        }
    }

    /// Asks the service of `module`. With `remember`, a good answer is kept, and given when there
    /// is no better one.
    pub(super) async fn forward(
        &self,
        module: ModuleName,
        remember: bool,
        req: &HttpRequest,
        payload: Option<web::Payload>,
    ) -> Result<HttpResponse, rest::Error> {
        let upstream = self.shared.upstreams.of(module);
        let question = Question::of(req, Instant::now() + self.shared.timeout)?;
        let anonymous = !req.headers().contains_key(header::AUTHORIZATION);
        let target = (remember && anonymous).then_some(question.target.as_str());
        let asked = self.ask(upstream, &question, req, payload).await;
        upstream.note(match &asked {
            Ok(answer) => call::outcome(answer.response.status()),
            Err(refusal) => refusal.outcome(),
        });
        let answered = match (asked, target) {
            (Ok(answer), Some(target)) => self.keep(target, answer, question.deadline).await,
            (Ok(answer), None) => Ok(pass_on(answer)),
            (Err(refusal), _) => Err(refusal),
        };
        let good = answered
            .as_ref()
            .is_ok_and(|answer| !call::is_failure(answer.status().as_u16()));
        let stale = target.filter(|_| !good);
        match stale.and_then(|target| self.shared.remembered.stale(target)) {
            Some(stale) => Ok(stale),
            None => answered.map_err(Into::into),
        }
    }

    async fn ask(
        &self,
        upstream: &Upstream,
        question: &Question,
        req: &HttpRequest,
        payload: Option<web::Payload>,
    ) -> Result<Answer, Refusal> {
        let length = hop::content_length(req);
        let limit = u64::try_from(self.shared.body_limit).unwrap_or(u64::MAX);
        if length.is_some_and(|length| length > limit) {
            return Err(Refusal::TooLarge);
        }
        let payload = payload.filter(|_| hop::has_body(req));
        let has_body = payload.is_some();
        let room = upstream.enter().await.ok_or(Refusal::Full)?;
        upstream.count_request();
        let (upload, sending) = self.upload(payload, length);
        let chosen = upstream.choose(None, Instant::now());
        let chosen = chosen.ok_or(Refusal::Unreachable)?;
        let first = self
            .attempt(upstream, chosen, question, upload, &sending)
            .await;
        let others = upstream.instances().len() > 1;
        let sent = match &first {
            Ok(response) if call::may_be_better_again(response, others) => Sent::Something,
            Err(Failed {
                refusal: Refusal::Unreachable,
                sent,
            }) => *sent,
            _ => return end(first, room),
        };
        let pause = retry::pause(call::chance(&self.shared.ambient));
        let in_time = Instant::now() + pause < question.deadline;
        let has_key = req.headers().contains_key("idempotency-key");
        if !in_time || !retry::repeatable(req.method(), has_key, has_body, sent) {
            return end(first, room);
        }
        let payload = sending.untouched().await;
        if has_body != payload.is_some() || !upstream.spend_retry() {
            return end(first, room);
        }
        tokio::time::sleep(pause).await;
        let (upload, sending) = self.upload(payload, length);
        let other = upstream
            .choose(Some(chosen), Instant::now())
            .unwrap_or(chosen);
        match self
            .attempt(upstream, other, question, upload, &sending)
            .await
        {
            Err(Failed {
                refusal: Refusal::Open(_),
                ..
            }) => end(first, room),
            second => end(second, room),
        }
    }

    fn upload(&self, payload: Option<web::Payload>, length: Option<u64>) -> (Upload, Sending) {
        match payload {
            Some(payload) => Upload::of(payload, length, self.shared.body_limit),
            None => Upload::none(),
        }
    }

    async fn attempt(
        &self,
        upstream: &Upstream,
        instance: &Instance,
        question: &Question,
        upload: Upload,
        sending: &Sending,
    ) -> Result<Response<Incoming>, Failed> {
        call::attempt(
            &self.client,
            upstream,
            instance,
            question,
            upload,
            sending,
            &self.shared.ambient,
        )
        .await
    }

    /// Keeps an answer that everybody may get, if it is small.
    async fn keep(
        &self,
        target: &str,
        answer: Answer,
        deadline: Instant,
    ) -> Result<HttpResponse, Refusal> {
        let headers = hop::outward(answer.response.headers());
        let small = answer
            .response
            .body()
            .size_hint()
            .upper()
            .is_some_and(|size| size <= remembered::LARGEST);
        if !small || !remembered::is_for_everybody(status(&answer.response), &headers) {
            return Ok(pass_on(answer));
        }
        let body = answer.response.into_body().collect();
        let body = tokio::time::timeout_at(deadline.into(), body).await;
        let body = body.map_err(|_| Refusal::Deadline)?;
        let body = body.map_err(|_| Refusal::Unreachable)?.to_bytes();
        self.shared
            .remembered
            .keep(target, headers.clone(), body.clone());
        Ok(with_headers(StatusCode::OK, headers).body(body))
    }
}

fn end(
    attempt: Result<Response<Incoming>, Failed>,
    room: OwnedSemaphorePermit,
) -> Result<Answer, Refusal> {
    match attempt {
        Ok(response) => Ok(Answer { response, room }),
        Err(failed) => Err(failed.refusal),
    }
}

/// The answer as the client gets it, piece by piece.
fn pass_on(answer: Answer) -> HttpResponse {
    let Answer { response, room } = answer;
    let headers = hop::outward(response.headers());
    // A stream of events lasts as long as somebody listens, and does no work meanwhile.
    let events = headers.iter().any(|(name, value)| {
        name == header::CONTENT_TYPE && value.as_bytes().starts_with(b"text/event-stream")
    });
    let room = (!events).then_some(room);
    let mut builder = with_headers(status(&response), headers);
    let body = response.into_body();
    let length = body.size_hint().exact();
    let pieces = BodyDataStream::new(body).map(move |piece| {
        let _held = &room;
        piece
    });
    match length {
        Some(0) => builder.finish(),
        Some(length) => builder.body(SizedStream::new(length, pieces)),
        None => builder.streaming(pieces),
    }
}

fn with_headers(
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
) -> actix_web::HttpResponseBuilder {
    let mut builder = HttpResponse::build(status);
    for header in headers {
        builder.append_header(header);
    }
    builder
}

fn status(response: &Response<Incoming>) -> StatusCode {
    StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY)
}
