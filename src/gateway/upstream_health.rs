//! How the services behind the gateway are, for operators.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::Metrics;
use super::breaker::Mode;
use super::upstream::Upstreams;
use crate::cache::Cache;

/// `/health` on the internal listener of a gateway: what the breaker in front of each service does.
pub(super) async fn health(
    upstreams: web::Data<Upstreams>,
    cache: web::Data<Cache>,
) -> HttpResponse {
    let modes = upstreams.modes(Instant::now()).into_iter();
    let upstreams: Map<String, Value> = modes
        .map(|(module, mode)| {
            let mode = match mode {
                Mode::Closed => "closed",
                Mode::HalfOpen => "half_open",
                Mode::Open => "open",
            };
            (module.as_str().to_owned(), json!({ "breaker": mode }))
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
    for (module, mode) in upstreams.modes(Instant::now()) {
        metrics.upstreams().set_mode(module, mode);
    }
    metrics.set_cache(cache.is_up());
    metrics.answer()
}
