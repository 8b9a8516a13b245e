//! What is measured of each request, under OpenTelemetry's names.

mod upstream;

pub use upstream::UpstreamMetrics;

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};
use anyhow::Result;
use database::Database;
use notification::DeliveryBacklog;
use progress::Projection;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use super::fallback::route_of;
use super::lag::Lag;
use crate::telemetry;

const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0,
];

/// The metrics of this process.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    backlog: IntGaugeVec,
    backlog_readable: IntGaugeVec,
    oldest: IntGaugeVec,
    waiting: IntGaugeVec,
    received: IntCounterVec,
    commit_failures: IntCounterVec,
    statements: IntCounterVec,
    transactions: IntCounterVec,
    hash_queue: IntGauge,
    hash_capacity: IntGauge,
    hashes_rejected: IntCounter,
    /// Without labels; a vector, because it is left out where there is no cache.
    cache: IntGaugeVec,
    /// Without labels too, because they are left out where nothing is sent.
    deliveries_queued: IntGaugeVec,
    deliveries_age: IntGaugeVec,
    deliveries_failing: IntGaugeVec,
    projection_lag: IntGaugeVec,
    log_lines_lost: IntCounter,
    connections_refused: IntCounter,
    maintenance_runs: IntCounterVec,
    upstreams: UpstreamMetrics,
}

impl Metrics {
    /// Fresh metrics in a registry of their own.
    ///
    /// # Errors
    /// When two metrics have one name.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let requests = HistogramVec::new(
            HistogramOpts::new(
                "http_server_request_duration_seconds",
                "Duration of HTTP requests by route.",
            )
            .buckets(BUCKETS.to_vec()),
            &[
                "http_request_method",
                "http_route",
                "http_response_status_code",
            ],
        )?;
        let backlog = IntGaugeVec::new(
            Opts::new(
                "gopro_event_backlog",
                "Events that wait, by module and place.",
            ),
            &["module", "place"],
        )?;
        let backlog_readable = IntGaugeVec::new(
            Opts::new(
                "gopro_event_backlog_readable",
                "Whether the event backlog of a module is known; without it, its other metrics are absent.",
            ),
            &["module"],
        )?;
        let oldest = IntGaugeVec::new(
            Opts::new(
                "gopro_outbox_oldest_age_seconds",
                "Age of the oldest event that is still to be published.",
            ),
            &["module"],
        )?;
        let waiting = IntGaugeVec::new(
            Opts::new(
                "gopro_inbox_oldest_age_seconds",
                "Age of the oldest delivered event that is still to be handled.",
            ),
            &["module"],
        )?;
        let received = IntCounterVec::new(
            Opts::new(
                "gopro_inbox_received_total",
                "Events that were ever delivered; without those that wait, they were handled.",
            ),
            &["module"],
        )?;
        let commit_failures = IntCounterVec::new(
            Opts::new(
                "gopro_commit_failures_total",
                "Transactions that could not be committed; each was answered as a failure.",
            ),
            &["module"],
        )?;
        let statements = IntCounterVec::new(
            Opts::new(
                "gopro_database_statements_total",
                "Statements sent to the database, without those that begin and end transactions.",
            ),
            &["module"],
        )?;
        let transactions = IntCounterVec::new(
            Opts::new(
                "gopro_database_transactions_total",
                "Write transactions that were begun.",
            ),
            &["module"],
        )?;
        let hash_queue = IntGauge::new(
            "gopro_password_hash_queue_length",
            "Passwords that are being hashed or wait for it.",
        )?;
        let hash_capacity = IntGauge::new(
            "gopro_password_hash_queue_capacity",
            "How many passwords may be hashed or wait at most.",
        )?;
        let hashes_rejected = IntCounter::new(
            "gopro_password_hashes_rejected_total",
            "Requests that were rejected because the queue of password hashes was full.",
        )?;
        let cache = IntGaugeVec::new(
            Opts::new("gopro_cache_up", "Whether the shared cache answers."),
            &[],
        )?;
        let log_lines_lost = IntCounter::new(
            "gopro_log_lines_lost_total",
            "Lines of the log that could not be written, or that nobody read in time.",
        )?;
        let deliveries_queued = IntGaugeVec::new(
            Opts::new(
                "gopro_delivery_queue_length",
                "Emails that wait for their first or next attempt.",
            ),
            &[],
        )?;
        let deliveries_age = IntGaugeVec::new(
            Opts::new(
                "gopro_delivery_oldest_due_seconds",
                "How long the first of the emails that are due has been.",
            ),
            &[],
        )?;
        let lag = Opts::new(
            "gopro_projection_lag_facts",
            "Number of the last fact, where a projection has to be made anew; otherwise 0.",
        );
        let projection_lag = IntGaugeVec::new(lag, &["projection"])?;
        let deliveries_failing = IntGaugeVec::new(
            Opts::new(
                "gopro_delivery_oldest_retry_seconds",
                "How old the oldest of the emails is that have failed for now.",
            ),
            &[],
        )?;
        registry.register(Box::new(deliveries_failing.clone()))?;
        registry.register(Box::new(projection_lag.clone()))?;
        registry.register(Box::new(deliveries_queued.clone()))?;
        registry.register(Box::new(deliveries_age.clone()))?;
        registry.register(Box::new(cache.clone()))?;
        registry.register(Box::new(log_lines_lost.clone()))?;
        let connections_refused = IntCounter::new(
            "gopro_connections_refused_total",
            "Connections that were closed because too many were open, in all or from one network.",
        )?;
        registry.register(Box::new(connections_refused.clone()))?;
        let maintenance_runs = IntCounterVec::new(
            Opts::new(
                "gopro_maintenance_runs_total",
                "Runs of the tasks of maintenance, by task and result (ok, failed).",
            ),
            &["task", "result"],
        )?;
        registry.register(Box::new(maintenance_runs.clone()))?;
        registry.register(Box::new(hash_queue.clone()))?;
        registry.register(Box::new(hash_capacity.clone()))?;
        registry.register(Box::new(hashes_rejected.clone()))?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(backlog.clone()))?;
        registry.register(Box::new(backlog_readable.clone()))?;
        registry.register(Box::new(oldest.clone()))?;
        registry.register(Box::new(waiting.clone()))?;
        registry.register(Box::new(received.clone()))?;
        registry.register(Box::new(commit_failures.clone()))?;
        registry.register(Box::new(statements.clone()))?;
        registry.register(Box::new(transactions.clone()))?;
        let upstreams = UpstreamMetrics::new(&registry)?;
        let process = prometheus::process_collector::ProcessCollector::for_self();
        registry.register(Box::new(process))?;
        Ok(Self {
            registry,
            requests,
            backlog,
            backlog_readable,
            oldest,
            waiting,
            received,
            commit_failures,
            statements,
            transactions,
            hash_queue,
            hash_capacity,
            hashes_rejected,
            cache,
            deliveries_queued,
            deliveries_age,
            deliveries_failing,
            projection_lag,
            log_lines_lost,
            connections_refused,
            maintenance_runs,
            upstreams,
        })
    }

    /// The connections for which there was no place.
    pub fn connections_refused(&self) -> &IntCounter {
        &self.connections_refused
    }

    /// Notes that a task of maintenance has run.
    pub(crate) fn count_maintenance(&self, task: &str, ok: bool) {
        let result = if ok { "ok" } else { "failed" };
        let runs = self.maintenance_runs.with_label_values(&[task, result]);
        runs.inc();
    }

    /// Those of the services behind a gateway.
    pub fn upstreams(&self) -> &UpstreamMetrics {
        &self.upstreams
    }

    /// Notes how much a module has still to do. Of one whose database does not say it, no number is
    /// shown, because an old one would be taken for a good one.
    pub fn set_backlog(&self, module: &str, seen: Option<&(bus::Backlog, Lag)>) {
        let readable = self.backlog_readable.with_label_values(&[module]);
        readable.set(seen.is_some().into());
        let places = |backlog: &bus::Backlog| {
            [
                ("outbox_pending", backlog.outbox_pending),
                ("outbox_parked", backlog.outbox_parked),
                ("inbox_pending", backlog.inbox_pending),
                ("dead_letters", backlog.inbox_parked),
            ]
        };
        let Some((backlog, lag)) = seen else {
            // What was never shown need not be taken away.
            for (place, _) in places(&bus::Backlog::default()) {
                let _none = self.backlog.remove_label_values(&[module, place]);
            }
            for gauge in [&self.oldest, &self.waiting] {
                let _none = gauge.remove_label_values(&[module]);
            }
            return;
        };
        for (place, count) in places(backlog) {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.backlog.with_label_values(&[module, place]).set(count);
        }
        let ages = [
            (&self.oldest, lag.outbox_seconds),
            (&self.waiting, lag.inbox_seconds),
        ];
        for (gauge, seconds) in ages {
            gauge.with_label_values(&[module]).set(seconds);
        }
        let received = self.received.with_label_values(&[module]);
        received.inc_by(backlog.inbox_received.saturating_sub(received.get()));
    }

    /// Notes what a module has asked of its database, and how many commits have failed.
    pub fn set_database(&self, module: &str, database: &Database) {
        let work = database.work();
        for (counter, total) in [
            (&self.commit_failures, database.commit_failures().total),
            (&self.statements, work.statements),
            (&self.transactions, work.transactions),
        ] {
            let counter = counter.with_label_values(&[module]);
            counter.inc_by(total.saturating_sub(counter.get()));
        }
    }

    /// Notes how full the queue of passwords that are to be hashed is.
    pub fn set_hash_queue(&self, queued: usize, capacity: usize, rejected: u64) {
        for (gauge, count) in [(&self.hash_queue, queued), (&self.hash_capacity, capacity)] {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let counted = self.hashes_rejected.get();
        self.hashes_rejected
            .inc_by(rejected.saturating_sub(counted));
    }

    /// Notes whether the cache answers, if there is one.
    pub fn set_cache(&self, up: Option<bool>) {
        if let Some(up) = up {
            self.cache.with_label_values(&[] as &[&str]).set(up.into());
        }
    }

    /// Notes which emails wait; without it, nothing is known of them.
    pub fn set_deliveries(&self, waiting: Option<DeliveryBacklog>) {
        let gauges = [
            &self.deliveries_queued,
            &self.deliveries_age,
            &self.deliveries_failing,
        ];
        let Some(waiting) = waiting else {
            return gauges.into_iter().for_each(IntGaugeVec::reset);
        };
        let queued = i64::try_from(waiting.queued).unwrap_or(i64::MAX);
        let values = [queued, waiting.oldest_seconds, waiting.failing_seconds];
        for (gauge, value) in gauges.into_iter().zip(values) {
            gauge.with_label_values(&[] as &[&str]).set(value);
        }
    }

    /// Shows how many facts each projection does not hold; nothing where that is not known.
    pub fn set_projection_lags(&self, lags: &[(Projection, i64)]) {
        self.projection_lag.reset();
        for (projection, lag) in lags {
            let gauge = self.projection_lag.with_label_values(&[projection.name()]);
            gauge.set(*lag);
        }
    }

    /// All metrics in the Prometheus text format.
    pub fn answer(&self) -> HttpResponse {
        match self.text() {
            Ok(text) => HttpResponse::Ok()
                .content_type("text/plain; version=0.0.4; charset=utf-8")
                .body(text),
            Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
        }
    }

    pub(crate) fn text(&self) -> Result<String> {
        let lost = telemetry::lost_lines();
        self.log_lines_lost
            .inc_by(lost.saturating_sub(self.log_lines_lost.get()));
        let mut buffer = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut buffer)?;
        Ok(String::from_utf8(buffer)?)
    }
}

/// Middleware: measures each request by its route, never by its path, so that the number of
/// series stays bounded.
///
/// # Errors
/// Those of the inner service.
pub async fn measure<B: MessageBody>(
    metrics: web::Data<Metrics>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let start = Instant::now();
    let method = known_method(req.method().as_str());
    let res = next.call(req).await?;
    let route = route_of(res.request());
    metrics
        .requests
        .with_label_values(&[method, route.template(), res.status().as_str()])
        .observe(start.elapsed().as_secs_f64());
    Ok(res)
}

/// A method that HTTP knows; another one could be of any length and hold anything.
pub(super) fn known_method(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("_OTHER")
}
