//! How the services behind the gateway are, for operators.

use std::sync::Arc;
use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::Metrics;
use super::breaker::Mode;
use super::instance::Instance;
use super::upstream::Upstreams;
use crate::cache::Cache;

/// `/health` on the internal listener of a gateway: what each instance of a service is and what the breaker
/// in front of it does.
pub(super) async fn health(
    upstreams: web::Data<Upstreams>,
    cache: web::Data<Cache>,
) -> HttpResponse {
    let now = Instant::now();
    let shown = |instance: &Arc<Instance>| {
        let mode = match instance.breaker.mode(now) {
            Mode::Closed => "closed",
            Mode::HalfOpen => "half_open",
            Mode::Open => "open",
        };
        json!({ "address": instance.origin, "ready": instance.is_ready(), "breaker": mode })
    };
    let upstreams: Map<String, Value> = upstreams
        .all()
        .map(|service| {
            let instances = service.instances().iter().map(shown);
            (service.module.as_str().to_owned(), instances.collect())
        })
        .collect();
    let body = json!({
        "status": "up",
        "version": env!("CARGO_PKG_VERSION"),
        "cache": cache.state(),
        "upstreams": upstreams,
    });
    HttpResponse::Ok().json(body)
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
