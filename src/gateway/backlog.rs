//! What waits in the modules, for operators.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use kernel::Ambient;
use serde_json::{Map, Value, json};

use super::Metrics;
use crate::cache::Cache;
use crate::modules::Modules;

/// `/health` on the internal listener: each module's backlog; 503 when a database does not answer.
pub async fn health(modules: web::Data<Modules>, cache: web::Data<Cache>) -> HttpResponse {
    match modules.backlogs().await {
        Ok(backlogs) => {
            let modules: Map<String, Value> = backlogs
                .into_iter()
                .map(|(module, backlog)| {
                    (
                        module.as_str().to_owned(),
                        json!({ "status": "up", "events": backlog }),
                    )
                })
                .collect();
            let body = json!({
                "status": "up",
                "version": env!("CARGO_PKG_VERSION"),
                "cache": cache.state(),
                "modules": modules,
            });
            HttpResponse::Ok().json(body)
        }
        Err(error) => HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE)
            .json(json!({ "status": "down", "error": error.to_string() })),
    }
}

/// `/metrics` on the internal listener, in the Prometheus text format.
pub async fn metrics(
    metrics: web::Data<Metrics>,
    modules: web::Data<Modules>,
    ambient: web::Data<Ambient>,
    cache: web::Data<Cache>,
) -> HttpResponse {
    let backlogs = modules.backlogs().await.unwrap_or_default();
    for (module, backlog) in backlogs {
        let age = backlog.outbox_oldest.map(|oldest| ambient.now() - oldest);
        metrics.set_backlog(
            module.as_str(),
            &backlog,
            age.map_or(0, |age| age.num_seconds()),
        );
    }
    if let Ok(user) = modules.user() {
        let (queued, capacity, refused) = user.hash_queue();
        metrics.set_hash_queue(queued, capacity, refused);
    }
    metrics.set_cache(cache.is_up());
    metrics.answer()
}
