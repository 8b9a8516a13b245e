//! One instance of a service behind the gateway: where it is, and how it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hyper::{Request, StatusCode};

use super::breaker::Breaker;
use super::call::{self, Client};
use super::upload::Upload;

/// How often an instance is asked whether it is ready, and how long it may take to say so. One that
/// is told to end must answer for longer than that (`server.drain_seconds`).
const LOOK: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(1);

/// An instance of a service.
#[derive(Debug)]
pub(super) struct Instance {
    /// `http://host:port`, to which a path is added.
    pub(super) origin: String,
    pub(super) breaker: Breaker,
    ready: AtomicBool,
}

impl Instance {
    /// One that is taken to be ready, until it is asked.
    pub(super) fn new(origin: &str, now: Instant) -> Self {
        Self {
            origin: origin.trim_end_matches('/').to_owned(),
            breaker: Breaker::new(now),
            ready: AtomicBool::new(true),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Asks again and again whether it is ready.
    pub(super) async fn watch(self: Arc<Self>) {
        let client = call::client();
        loop {
            let ready = self.look(&client).await;
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

    async fn look(&self, client: &Client) -> bool {
        let (nothing, _) = Upload::none();
        let question = Request::get(format!("{}/readyz", self.origin)).body(nothing);
        let Ok(question) = question else {
            return false;
        };
        let answer = tokio::time::timeout(PATIENCE, client.request(question)).await;
        let answer = answer.ok().and_then(Result::ok);
        answer.is_some_and(|answer| answer.status() == StatusCode::OK)
    }
}
