//! How the services behind the gateway are, for operators.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use rpc::Consistency;
use serde_json::{Map, Value, json};

use super::Metrics;
use super::breaker::Mode;
use super::instance::Instance;
use super::upstream::{Upstream, Upstreams};
use crate::cache::Cache;

/// `/health` on the internal listener of a gateway: how each instance of a service is, and what the
/// breaker in front of it does; 503 when a service has no instance that is ready.
pub(super) async fn health(
    services: web::Data<Upstreams>,
    cache: web::Data<Cache>,
    consistency: web::Data<Consistency>,
) -> HttpResponse {
    let now = Instant::now();
    let agreed = consistency.faults();
    let faults: Vec<String> = services.all().flat_map(away).chain(agreed).collect();
    let shown = |instance: &Arc<Instance>| {
        let mode = match instance.breaker.mode(now) {
            Mode::Closed => "closed",
            Mode::HalfOpen => "half_open",
            Mode::Open => "open",
        };
        json!({ "address": instance.origin, "ready": instance.is_ready(), "breaker": mode })
    };
    let upstreams: Map<String, Value> = services
        .all()
        .map(|service| {
            let instances = service.instances().iter().map(shown);
            (service.module.as_str().to_owned(), instances.collect())
        })
        .collect();
    let ready = |service: &Arc<Upstream>| {
        let ready = service.instances().iter().map(|one| one.is_ready());
        ready.collect::<Vec<_>>()
    };
    let ready: Vec<_> = services.all().map(ready).collect();
    let (code, status) = if ready.iter().any(|service| !service.contains(&true)) {
        (StatusCode::SERVICE_UNAVAILABLE, "down")
    } else if !faults.is_empty() {
        (StatusCode::OK, "degraded")
    } else {
        (StatusCode::OK, "up")
    };
    let body = json!({
        "status": status,
        "faults": faults,
        "peers": consistency.peers(),
        "version": env!("CARGO_PKG_VERSION"),
        "cache": cache.state(),
        "upstreams": upstreams,
    });
    HttpResponse::build(code).json(body)
}

/// A sentence for a service of which no instance is ready, or for each instance that is not.
fn away(service: &Arc<Upstream>) -> Vec<String> {
    let module = service.module.as_str();
    let away: Vec<&str> = service
        .instances()
        .iter()
        .filter(|instance| !instance.is_ready())
        .map(|instance| instance.origin.as_str())
        .collect();
    if away.len() == service.instances().len() {
        let all = away.join(", ");
        return vec![format!(
            "the {module} service is down: no instance is ready ({all}); check whether it is running, its own /health, and gateway.{module}"
        )];
    }
    let faults = away.iter().map(|at| {
        format!("an instance of the {module} service is not ready ({at}); check whether it is running and its own /health, or remove it from gateway.{module}")
    });
    faults.collect()
}

/// `/metrics` on the internal listener of a gateway, in the Prometheus text format.
pub(super) async fn metrics(
    metrics: web::Data<Metrics>,
    upstreams: web::Data<Upstreams>,
    cache: web::Data<Cache>,
) -> HttpResponse {
    let now = Instant::now();
    for service in upstreams.all() {
        for instance in service.instances() {
            let mode = instance.breaker.mode(now);
            let seen = metrics.upstreams();
            seen.set_instance(service.module, &instance.origin, mode, instance.is_ready());
        }
    }
    metrics.set_cache(cache.is_up());
    metrics.answer()
}
