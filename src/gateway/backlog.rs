//! What waits in the modules, and what the processes do not agree on, for operators.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use kernel::Env;
use serde_json::{Map, Value, json};

use super::Metrics;
use super::lag::{LATE_SECONDS, Lag};
use crate::cache::Cache;
use crate::modules::Modules;

/// How long an email may fail before that is a fault: a mail server may ask for patience.
const FAILING_SECONDS: i64 = 600;
/// How long a failed commit is a fault.
const RECENT: Duration = Duration::from_secs(60);

/// `/health` on the internal listener: each module's backlog, and what the other processes have
/// said; 503 when a database does not answer, with what the others say. A fault makes it `degraded`, and the answer stays 200:
/// nothing is gained by ending the process for it.
pub async fn health(
    modules: web::Data<Modules>,
    env: web::Data<Env>,
    cache: web::Data<Cache>,
) -> HttpResponse {
    let mut faults = modules.consistency().faults();
    faults.extend(failed_commits(&modules));
    let databases = modules.databases().all();
    faults.extend(databases.filter_map(|(_, database)| database.file_fault()));
    let (mut shown, mut silent) = (Map::new(), false);
    for (module, backlog) in modules.backlogs().await {
        let intake = modules.intake_failure(module);
        let module = module.as_str();
        if let Some(failure) = &intake {
            faults.push(format!(
                "no events have come into {module} for {} s ({}); they are kept and delivered again: check its database and, with RabbitMQ, bus.url and the broker",
                failure.lasts().as_secs(),
                failure.error
            ));
        }
        let backlog = match backlog {
            Ok(backlog) => backlog,
            Err(error) => {
                silent = true;
                faults.push(format!(
                    "the event backlog of {module} is unknown, because its database does not respond: {error}; check whether it is running"
                ));
                shown.insert(module.to_owned(), json!({ "status": "down" }));
                continue;
            }
        };
        let lag = Lag::of(&backlog, env.now());
        if lag.is_late() {
            faults.push(format!(
                "{module} has {} waiting event(s), the oldest of which has waited for {} s",
                lag.waiting,
                lag.seconds()
            ));
        }
        if backlog.inbox_parked > 0 {
            faults.push(format!(
                "{module} has {} dead letter(s); run gopro events dead-letters list",
                backlog.inbox_parked
            ));
        }
        if backlog.outbox_parked > 0 {
            faults.push(format!(
                "{module} has {} event(s) in its outbox that cannot be published and block later ones; see docs/operations/health.md",
                backlog.outbox_parked
            ));
        }
        let status = match intake {
            Some(_) => "failing",
            None if lag.is_late() => "lagging",
            None => "up",
        };
        let seen = json!({ "status": status, "events": backlog, "oldest_seconds": lag.seconds() });
        shown.insert(module.to_owned(), seen);
    }
    let deliveries = modules.delivery_backlog().await;
    if let Some(late) = deliveries.filter(|waiting| waiting.oldest_seconds > LATE_SECONDS) {
        faults.push(format!(
            "{} email(s) wait to be sent, the oldest of which has been due for {} s; check the mail server, and see docs/operations/health.md",
            late.queued, late.oldest_seconds
        ));
    }
    if let Some(failing) = deliveries.filter(|waiting| waiting.failing_seconds > FAILING_SECONDS) {
        faults.push(format!(
            "emails cannot be sent and are tried again, the oldest of which is {} s old; run gopro doctor",
            failing.failing_seconds
        ));
    }
    let (code, status) = match silent {
        true => (StatusCode::SERVICE_UNAVAILABLE, "down"),
        false => (StatusCode::OK, status_of(&faults)),
    };
    let body = json!({
        "status": status,
        "version": env!("CARGO_PKG_VERSION"),
        "faults": faults,
        "cache": cache.state(),
        "peers": modules.consistency().peers(),
        "modules": Value::Object(shown),
        "deliveries": deliveries,
    });
    HttpResponse::build(code).json(body)
}

/// A failed commit was answered as a failure; that there was one within a minute is a fault of the
/// disk or of the server.
fn failed_commits(modules: &Modules) -> Vec<String> {
    let recent = modules.databases().all().filter_map(|(module, database)| {
        let failures = database.commit_failures();
        let ago = failures.latest?.elapsed();
        (ago < RECENT).then(|| {
            format!(
                "{} has failed to commit {} time(s) since the start, the last time {} s ago; check the free space and the health of its disk, or its server",
                module.as_str(),
                failures.total,
                ago.as_secs()
            )
        })
    });
    recent.collect()
}

/// The state of a process that answers.
fn status_of(faults: &[String]) -> &'static str {
    if faults.is_empty() { "up" } else { "degraded" }
}

/// `/metrics` on the internal listener, in the Prometheus text format.
pub async fn metrics(
    metrics: web::Data<Metrics>,
    modules: web::Data<Modules>,
    env: web::Data<Env>,
    cache: web::Data<Cache>,
) -> HttpResponse {
    for (module, backlog) in modules.backlogs().await {
        let seen = backlog.ok().map(|backlog| {
            let lag = Lag::of(&backlog, env.now());
            (backlog, lag)
        });
        metrics.set_backlog(module.as_str(), seen.as_ref());
    }
    metrics.set_deliveries(modules.delivery_backlog().await);
    metrics.set_projection_lags(&modules.projection_lags().await);
    for (module, database) in modules.databases().all() {
        metrics.set_database(module.as_str(), database);
    }
    if let Ok(user) = modules.user() {
        let (queued, capacity, refused) = user.hash_queue();
        metrics.set_hash_queue(queued, capacity, refused);
    }
    metrics.set_cache(cache.is_up());
    metrics.answer()
}
