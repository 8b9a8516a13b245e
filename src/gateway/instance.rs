//! One instance of a service behind the gateway: where it is, and how it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hyper::header::{DATE, HeaderMap};
use hyper::{Request, StatusCode};
use rpc::Consistency;

use super::breaker::Breaker;
use super::connection::{self, Client};
use super::shares::Shares;
use super::upload::Upload;

/// How often an instance is probed for readiness, and how long the answer may take. One that
/// is being stopped must answer for longer than that (`server.drain_seconds`).
const LOOK: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(1);
/// So many probes in a row without an answer are no hiccup.
const SILENT: u32 = 2;

/// An instance of a service.
#[derive(Debug)]
pub(super) struct Instance {
    /// `http://host:port`, to which a path is added.
    pub(super) origin: String,
    pub(super) breaker: Breaker,
    /// How much each caller says of it.
    pub(super) shares: Shares,
    ready: AtomicBool,
    /// How many probes in a row it has left without an answer.
    unanswered: AtomicU32,
}

impl Instance {
    /// One that is assumed to be ready, until it is probed.
    pub(super) fn new(origin: &str, now: Instant) -> Self {
        Self {
            origin: origin.trim_end_matches('/').to_owned(),
            breaker: Breaker::new(now),
            shares: Shares::new(now),
            ready: AtomicBool::new(true),
            unanswered: AtomicU32::new(0),
        }
    }

    /// Whether it takes connections or time and answers nothing; one that says that it is not ready
    /// still answers.
    pub(super) fn is_silent(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) >= SILENT
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Probes its readiness regularly.
    pub(super) async fn watch(self: Arc<Self>, consistency: Consistency) {
        let client = connection::client();
        loop {
            let ready = self.look(&client, &consistency).await;
            if self.ready.swap(ready, Ordering::Relaxed) != ready {
                tracing::info!(
                    instance = self.origin,
                    ready,
                    "an instance of a service has changed"
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&self, client: &Client, consistency: &Consistency) -> bool {
        let (nothing, _) = Upload::none();
        let question = Request::get(format!("{}/readyz", self.origin)).body(nothing);
        let Ok(question) = question else {
            return false;
        };
        let sent_at = consistency.now();
        let answer = tokio::time::timeout(PATIENCE, client.request(question)).await;
        match answer {
            Err(_) => self.unanswered.fetch_add(1, Ordering::Relaxed),
            Ok(_) => self.unanswered.swap(0, Ordering::Relaxed),
        };
        let answer = answer.ok().and_then(Result::ok);
        let their_time = answer.as_ref().and_then(|answer| date_of(answer.headers()));
        if let Some(their_time) = their_time {
            consistency.note(&self.origin, sent_at, their_time, "");
        }
        answer.is_some_and(|answer| answer.status() == StatusCode::OK)
    }
}

/// The clock of who answered, to the second (RFC 9110, section 6.6.1).
fn date_of(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let date = DateTime::parse_from_rfc2822(date).ok()?;
    Some(date.to_utc())
}
