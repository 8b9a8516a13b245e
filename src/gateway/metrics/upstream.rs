//! What is measured of the services behind the gateway.

use anyhow::Result;
use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use crate::gateway::breaker::Mode;
use crate::module_name::ModuleName;

/// The metrics of the proxy; a process without one leaves them empty.
#[derive(Debug, Clone)]
pub struct UpstreamMetrics {
    breaker: IntGaugeVec,
    ready: IntGaugeVec,
    requests: IntCounterVec,
    retries: IntCounterVec,
}

impl UpstreamMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self> {
        let breaker = IntGaugeVec::new(
            Opts::new(
                "gopro_upstream_breaker_state",
                "The breaker in front of an instance of a service: 0 closed, 1 half open, 2 open.",
            ),
            &["upstream", "instance"],
        )?;
        let ready = IntGaugeVec::new(
            Opts::new(
                "gopro_upstream_ready",
                "Whether an instance of a service was ready at its last probe.",
            ),
            &["upstream", "instance"],
        )?;
        let requests = IntCounterVec::new(
            Opts::new(
                "gopro_upstream_requests_total",
                "Requests that were meant for a service, by how they ended.",
            ),
            &["upstream", "outcome"],
        )?;
        let retries = IntCounterVec::new(
            Opts::new(
                "gopro_upstream_retries_total",
                "Requests that were sent to a service a second time.",
            ),
            &["upstream"],
        )?;
        registry.register(Box::new(breaker.clone()))?;
        registry.register(Box::new(ready.clone()))?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(retries.clone()))?;
        Ok(Self {
            breaker,
            ready,
            requests,
            retries,
        })
    }

    /// Notes how an instance of a service is.
    pub(in crate::gateway) fn set_instance(
        &self,
        module: ModuleName,
        origin: &str,
        mode: Mode,
        ready: bool,
    ) {
        let labels = [module.as_str(), origin];
        let state = match mode {
            Mode::Closed => 0,
            Mode::HalfOpen => 1,
            Mode::Open => 2,
        };
        self.breaker.with_label_values(&labels).set(state);
        self.ready.with_label_values(&labels).set(ready.into());
    }

    pub(in crate::gateway) fn ended(&self, module: ModuleName, outcome: &str) {
        self.requests
            .with_label_values(&[module.as_str(), outcome])
            .inc();
    }

    pub(in crate::gateway) fn retried(&self, module: ModuleName) {
        self.retries.with_label_values(&[module.as_str()]).inc();
    }
}
