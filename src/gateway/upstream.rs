//! A service behind the gateway: its instances, and how many requests it gets at once.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rpc::Consistency;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::breaker::Mode;
use super::in_flight::{InFlight, Place};
use super::instance::Instance;
use super::metrics::UpstreamMetrics;
use super::retry::RetryBudget;
use crate::config::GatewaySettings;
use crate::module_name::ModuleName;

/// How long a request waits for room before it is put off.
const WAIT: Duration = Duration::from_millis(50);

/// The services, one for each module.
#[derive(Debug, Clone)]
pub(super) struct Upstreams([Arc<Upstream>; 4]);

/// A service that answers for a module, by instances that answer alike.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) module: ModuleName,
    instances: Vec<Arc<Instance>>,
    turn: AtomicUsize,
    budget: Mutex<RetryBudget>,
    room: Arc<Semaphore>,
    sending: LargeBodies,
    metrics: UpstreamMetrics,
}

/// The room of one request.
#[derive(Debug)]
pub(super) struct Room {
    _request: OwnedSemaphorePermit,
    _sending: Option<Places>,
}

impl From<OwnedSemaphorePermit> for Room {
    fn from(request: OwnedSemaphorePermit) -> Self {
        Self {
            _request: request,
            _sending: None,
        }
    }
}

/// The places of bodies that arrive while their service waits for them.
#[derive(Debug)]
struct LargeBodies {
    room: Arc<Semaphore>,
    senders: InFlight<IpAddr>,
    wide_senders: InFlight<IpAddr>,
    of_each: u32,
}

/// The place of a large body: in all, of its network, and of its IPv6 /48.
type Places = (OwnedSemaphorePermit, Place<IpAddr>, Option<Place<IpAddr>>);

impl LargeBodies {
    /// A quarter of all places, of which one address has an eighth, and an IPv6 /48 a quarter.
    fn new(concurrency: usize) -> Self {
        let room = (concurrency / 4).max(1);
        Self {
            room: Arc::new(Semaphore::new(room)),
            senders: InFlight::new(),
            wide_senders: InFlight::new(),
            of_each: u32::try_from(room / 8).unwrap_or(u32::MAX).max(1),
        }
    }

    async fn enter(&self, sender: IpAddr) -> Option<Places> {
        let place = self.senders.enter(rest::network(sender), self.of_each)?;
        let wide = match rest::wide_network(sender) {
            Some(wide) => Some(self.wide_senders.enter(wide, self.of_each * 2)?),
            None => None,
        };
        let room = Arc::clone(&self.room).acquire_owned();
        let room = tokio::time::timeout(WAIT, room).await.ok()?.ok()?;
        Some((room, place, wide))
    }
}

impl Upstreams {
    /// The services that the settings name.
    pub(super) fn new(settings: &GatewaySettings, metrics: &UpstreamMetrics, now: Instant) -> Self {
        Self(ModuleName::ALL.map(|module| {
            let origins = settings.upstream(module).iter();
            let instances = origins.map(|origin| Arc::new(Instance::new(origin, now)));
            Arc::new(Upstream {
                module,
                instances: instances.collect(),
                turn: AtomicUsize::default(),
                budget: Mutex::new(RetryBudget::new(now)),
                room: Arc::new(Semaphore::new(settings.concurrency)),
                sending: LargeBodies::new(settings.concurrency),
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

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.0.iter()
    }

    /// Probes the readiness of each instance, until `stop`: operators see which are down, and one that
    /// is about to end is passed over while it still answers.
    pub(super) async fn watch(self, consistency: Consistency, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        for service in &self.0 {
            for instance in &service.instances {
                tasks.spawn(Arc::clone(instance).watch(consistency.clone()));
            }
        }
        stop.cancelled().await;
        tasks.shutdown().await;
    }
}

impl Upstream {
    pub(super) fn instances(&self) -> &[Arc<Instance>] {
        &self.instances
    }

    /// The instances take turns; one that is not ready, is left alone or was `tried` already comes
    /// last.
    pub(super) fn choose(&self, tried: Option<&Instance>, now: Instant) -> Option<&Arc<Instance>> {
        // A second try takes nobody's turn, or with two instances each request would begin at the
        // one that fails.
        let turn = match tried {
            None => self.turn.fetch_add(1, Ordering::Relaxed),
            Some(_) => self.turn.load(Ordering::Relaxed),
        };
        let turn = turn % self.instances.len().max(1);
        let (before, from) = self.instances.split_at_checked(turn)?;
        from.iter().chain(before).min_by_key(|instance| {
            let away = !instance.is_ready() || instance.breaker.mode(now) == Mode::Open;
            (
                away,
                tried.is_some_and(|tried| std::ptr::eq(tried, &***instance)),
            )
        })
    }

    /// Whether no instance answers anything, so that a request would only wait for its deadline.
    /// The probes find out when that is over.
    pub(super) fn is_silent(&self) -> bool {
        self.instances.iter().all(|instance| instance.is_silent())
    }

    /// Room for one request, held until its answer has been passed on; none when it stays full. A body
    /// that is still on its way from `sender` takes one of fewer places, which they share.
    pub(super) async fn enter(&self, sender: Option<IpAddr>) -> Option<Room> {
        let sending = match sender {
            Some(sender) => Some(self.sending.enter(sender).await?),
            None => None,
        };
        let request = Arc::clone(&self.room).acquire_owned();
        let request = tokio::time::timeout(WAIT, request).await.ok()?.ok()?;
        Some(Room {
            _sending: sending,
            ..Room::from(request)
        })
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

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::LargeBodies;

    #[tokio::test]
    async fn one_sender_of_large_bodies_leaves_places_to_the_others() {
        let bodies = LargeBodies::new(256);
        let sender = |last| IpAddr::from(Ipv4Addr::new(203, 0, 113, last));
        let mut held = Vec::new();
        while let Some(room) = bodies.enter(sender(1)).await {
            held.push(room);
        }
        assert_eq!(held.len(), 8, "an eighth of a quarter");
        assert!(bodies.enter(sender(2)).await.is_some());
        held.clear();
        assert!(bodies.enter(sender(1)).await.is_some());
        for number in 0..8 {
            for _ in 0..8 {
                held.extend(bodies.enter(sender(number)).await);
            }
        }
        assert_eq!(held.len(), 64, "no more than a quarter of all places");
        assert!(bodies.enter(sender(9)).await.is_none());
    }

    #[tokio::test]
    async fn one_customer_with_many_networks_leaves_places_to_the_others() {
        let bodies = LargeBodies::new(256);
        let mut held = Vec::new();
        for network in 0..64 {
            let sender = Ipv6Addr::new(0x2001, 0xdb8, 7, network, 0, 0, 0, 1);
            held.extend(bodies.enter(sender.into()).await);
        }
        assert_eq!(held.len(), 16, "a quarter of a quarter");
        let other = Ipv6Addr::new(0x2001, 0xdb8, 8, 0, 0, 0, 0, 1);
        assert!(bodies.enter(other.into()).await.is_some());
    }
}
