//! A service behind the gateway: its address, its health, and how much is asked of it at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::breaker::{Breaker, Mode};
use super::metrics::UpstreamMetrics;
use super::retry::RetryBudget;
use crate::config::GatewaySettings;
use crate::modules::ModuleName;

/// How long a request waits for room before it is put off.
const WAIT: Duration = Duration::from_millis(50);

/// The services, one for each module.
#[derive(Debug, Clone)]
pub(super) struct Upstreams([Arc<Upstream>; 4]);

/// A service that answers for a module.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) module: ModuleName,
    /// `http://host:port`, to which a path is added.
    pub(super) origin: String,
    pub(super) breaker: Breaker,
    budget: Mutex<RetryBudget>,
    room: Arc<Semaphore>,
    metrics: UpstreamMetrics,
}

impl Upstreams {
    /// The services that the settings name.
    pub(super) fn new(settings: &GatewaySettings, metrics: &UpstreamMetrics, now: Instant) -> Self {
        Self(ModuleName::ALL.map(|module| {
            Arc::new(Upstream {
                module,
                origin: settings.upstream(module).to_owned(),
                breaker: Breaker::new(now),
                budget: Mutex::new(RetryBudget::new(now)),
                room: Arc::new(Semaphore::new(settings.concurrency)),
                metrics: metrics.clone(),
            })
        }))
    }

    pub(super) fn of(&self, module: ModuleName) -> &Arc<Upstream> {
        let [user, course, progress, notification] = &self.0;
        match module {
            ModuleName::User => user,
            ModuleName::Course => course,
            ModuleName::Progress => progress,
            ModuleName::Notification => notification,
        }
    }

    /// What the breaker in front of each service does.
    pub(super) fn modes(&self, now: Instant) -> [(ModuleName, Mode); 4] {
        self.0
            .each_ref()
            .map(|upstream| (upstream.module, upstream.breaker.mode(now)))
    }
}

impl Upstream {
    /// Room for one request, held until its answer has been passed on; none when it stays full.
    pub(super) async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        let room = Arc::clone(&self.room).acquire_owned();
        tokio::time::timeout(WAIT, room).await.ok()?.ok()
    }

    /// Counts a request towards what may be repeated.
    pub(super) fn count_request(&self) {
        self.with_budget(|budget| budget.count(Instant::now()));
    }

    /// Whether one more request may be repeated.
    pub(super) fn spend_retry(&self) -> bool {
        let spent = self.with_budget(|budget| budget.spend(Instant::now()));
        if spent {
            self.metrics.retried(self.module);
        }
        spent
    }

    /// Notes how a request ended.
    pub(super) fn note(&self, outcome: &'static str) {
        self.metrics.ended(self.module, outcome);
    }

    fn with_budget<T>(&self, act: impl FnOnce(&mut RetryBudget) -> T) -> T {
        act(&mut self.budget.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
