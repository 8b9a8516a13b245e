//! Forwards a request to the service that owns its address, and its answer to the client; of a large
//! one no more than the beginning is ever held in memory.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use kernel::Env;

use super::call::{self, Failed, Question};
use super::connection::{self, Client};
use super::hop;
use super::instance::Instance;
use super::outward::{self, Audience};
use super::passing::{self, Patience};
use super::received::{Content, Received};
use super::refusal::Refusal;
use super::remembered::{self, Remembered};
use super::retry::{self, Sent};
use super::upload::{Begun, Sending, Upload};
use super::upstream::{Room, Upstream, Upstreams};
use crate::config::Settings;
use crate::module_name::ModuleName;

/// When to retry a service that answers nothing.
const SILENCE: Duration = Duration::from_secs(2);

/// What all workers of a gateway share.
#[derive(Debug)]
pub(super) struct Shared {
    upstreams: Upstreams,
    remembered: Remembered,
    timeout: Duration,
    body_limit: usize,
    env: Env,
}

/// The proxy of one worker, with connections of its own.
#[derive(Clone)]
pub(super) struct Proxy {
    shared: Arc<Shared>,
    client: Client,
}

/// The body of a request.
pub(super) struct Body {
    pub(super) payload: web::Payload,
    /// How large it may be, where that is another size than elsewhere.
    pub(super) limit: Option<usize>,
}

/// An answer, and the room that it takes up until it is here.
struct Answer {
    received: Received,
    room: Room,
    deadline: Instant,
}

impl Shared {
    /// A proxy to these services.
    pub(super) fn new(settings: &Settings, upstreams: Upstreams, env: Env) -> Self {
        Self {
            upstreams,
            remembered: Remembered::default(),
            timeout: Duration::from_secs(settings.server.request_timeout_seconds),
            body_limit: settings.server.body_limit_bytes,
            env,
        }
    }
}

impl Proxy {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            client: connection::client(),
        }
    }

    /// Forwards to the service of `module`. A public answer to a request without a token is kept if
    /// it is good, and given when there is no better one.
    pub(super) async fn forward(
        &self,
        module: ModuleName,
        audience: Audience,
        req: &HttpRequest,
        body: Option<Body>,
    ) -> Result<HttpResponse, rest::Error> {
        let upstream = self.shared.upstreams.of(module);
        let question = Question::of(req, Instant::now() + self.shared.timeout)?;
        let anonymous = !req.headers().contains_key(header::AUTHORIZATION);
        let remember = audience == Audience::Everybody { remember: true } && anonymous;
        let target = remember.then_some(question.target.as_str());
        let result = self.send(upstream, &question, req, body).await;
        upstream.note(match &result {
            Ok(answer) => call::outcome(&answer.received),
            Err(refusal) => refusal.outcome(),
        });
        let answered = result.map(|answer| {
            let headers = outward::headers(&answer.received.headers, audience, anonymous);
            if let Some(target) = target {
                self.remember(target, &answer.received, &headers);
            }
            pass_on(answer, headers)
        });
        let good = answered
            .as_ref()
            .is_ok_and(|answer| !call::is_failure(answer.status().as_u16()));
        let stale = target.filter(|_| !good);
        match stale.and_then(|target| self.shared.remembered.stale(target)) {
            Some(stale) => Ok(stale),
            None => answered.map_err(Into::into),
        }
    }

    /// Keeps a public answer if it is good, and forgets it once its service refuses to give it.
    fn remember(&self, target: &str, received: &Received, headers: &[(HeaderName, HeaderValue)]) {
        let (remembered, status) = (&self.shared.remembered, status(received));
        match &received.content {
            Content::Whole(body) if remembered::is_for_everybody(status, headers) => {
                remembered.keep(target, headers.to_vec(), body.clone());
            }
            _ if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                remembered.forget(target);
            }
            _ => {}
        }
    }

    async fn send(
        &self,
        upstream: &Upstream,
        question: &Question,
        req: &HttpRequest,
        body: Option<Body>,
    ) -> Result<Answer, Refusal> {
        let length = hop::content_length(req);
        let limit = body.as_ref().and_then(|body| body.limit);
        let limit = limit.unwrap_or(self.shared.body_limit);
        if length.is_some_and(|length| length > u64::try_from(limit).unwrap_or(u64::MAX)) {
            return Err(Refusal::TooLarge);
        }
        let payload = body.map(|body| body.payload);
        let payload = payload.filter(|_| hop::has_body(req));
        let has_body = payload.is_some();
        if upstream.is_silent() {
            return Err(Refusal::Open(SILENCE));
        }
        let body = match payload {
            Some(payload) => Some(Begun::of(payload, limit, question.deadline).await?),
            None => None,
        };
        let rest_of = body.as_ref().filter(|body| !body.is_whole());
        let nowhere = IpAddr::from(Ipv4Addr::UNSPECIFIED);
        let sender = rest_of.map(|_| rest::client_address(req).unwrap_or(nowhere));
        let room = upstream.enter(sender).await.ok_or(Refusal::Full)?;
        upstream.count_request();
        let (upload, sending) = upload_of(body, length, limit);
        let chosen = upstream.choose(None, Instant::now());
        let chosen = chosen.ok_or(Refusal::Unreachable)?;
        let end = |attempt: Result<Received, Failed>| match attempt {
            Ok(received) => Ok(Answer {
                received,
                room,
                deadline: question.deadline,
            }),
            Err(failed) => Err(failed.refusal),
        };
        let first = self
            .attempt(upstream, chosen, question, upload, &sending)
            .await;
        let others = upstream.instances().len() > 1;
        let sent = match &first {
            Ok(received) if call::may_be_better_again(received, others) => Sent::Something,
            Err(Failed {
                refusal: Refusal::Unreachable | Refusal::BadAnswer,
                sent,
            }) => *sent,
            _ => return end(first),
        };
        let pause = retry::pause(call::rng(&self.shared.env));
        let in_time = Instant::now() + pause < question.deadline;
        let has_key = req.headers().contains_key("idempotency-key");
        if !in_time || !retry::repeatable(req.method(), has_key, has_body, sent) {
            return end(first);
        }
        let body = sending.untouched().await;
        if has_body != body.is_some() || !upstream.spend_retry() {
            return end(first);
        }
        tokio::time::sleep(pause).await;
        let (upload, sending) = upload_of(body, length, limit);
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
            }) => end(first),
            second => end(second),
        }
    }

    async fn attempt(
        &self,
        upstream: &Upstream,
        instance: &Instance,
        question: &Question,
        upload: Upload,
        sending: &Sending,
    ) -> Result<Received, Failed> {
        call::attempt(
            &self.client,
            upstream,
            instance,
            question,
            upload,
            sending,
            &self.shared.env,
        )
        .await
    }
}

/// The answer as the client gets it, a long one piece by piece.
fn pass_on(answer: Answer, headers: Vec<(HeaderName, HeaderValue)>) -> HttpResponse {
    let Answer {
        received,
        room,
        deadline,
    } = answer;
    let mut builder = HttpResponse::build(status(&received));
    for header in headers {
        builder.append_header(header);
    }
    match received.content {
        Content::Whole(body) if body.is_empty() => builder.finish(),
        Content::Whole(body) => builder.body(body),
        Content::Begun {
            first,
            length,
            rest,
        } => {
            let pieces = passing::pass(first, rest, Patience::until(deadline), (room, deadline));
            match length {
                Some(length) => builder.body(SizedStream::new(length, pieces)),
                None => builder.streaming(pieces),
            }
        }
    }
}

fn upload_of(body: Option<Begun>, length: Option<u64>, limit: usize) -> (Upload, Sending) {
    match body {
        Some(body) => Upload::of(body, length, limit),
        None => Upload::none(),
    }
}

fn status(received: &Received) -> StatusCode {
    StatusCode::from_u16(received.status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY)
}
