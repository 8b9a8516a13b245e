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
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use super::fallback::route_of;

const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0,
];

/// The metrics of this process.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    backlog: IntGaugeVec,
    oldest: IntGaugeVec,
    hashing: IntGaugeVec,
    hashes_refused: IntGauge,
    /// Without labels; a vector, because it is left out where there is no cache.
    cache: IntGaugeVec,
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
            Opts::new("gopro_events", "Events that wait, by module and place."),
            &["module", "place"],
        )?;
        let oldest = IntGaugeVec::new(
            Opts::new(
                "gopro_outbox_oldest_age_seconds",
                "Age of the oldest event that is still to be published.",
            ),
            &["module"],
        )?;
        let hashing = IntGaugeVec::new(
            Opts::new(
                "gopro_password_hashes",
                "Passwords that are hashed or wait for it, and how many may at most.",
            ),
            &["what"],
        )?;
        let hashes_refused = IntGauge::new(
            "gopro_password_hashes_refused",
            "Callers who were told to come back because the queue was full, since the start.",
        )?;
        let cache = IntGaugeVec::new(
            Opts::new("gopro_cache_up", "Whether the shared cache answers."),
            &[],
        )?;
        registry.register(Box::new(cache.clone()))?;
        registry.register(Box::new(hashing.clone()))?;
        registry.register(Box::new(hashes_refused.clone()))?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(backlog.clone()))?;
        registry.register(Box::new(oldest.clone()))?;
        let upstreams = UpstreamMetrics::new(&registry)?;
        let process = prometheus::process_collector::ProcessCollector::for_self();
        registry.register(Box::new(process))?;
        Ok(Self {
            registry,
            requests,
            backlog,
            oldest,
            hashing,
            hashes_refused,
            cache,
            upstreams,
        })
    }

    /// Those of the services behind a gateway.
    pub fn upstreams(&self) -> &UpstreamMetrics {
        &self.upstreams
    }

    /// Notes how much a module has still to do.
    pub fn set_backlog(&self, module: &str, backlog: &bus::Backlog, oldest_seconds: i64) {
        let places = [
            ("outbox_pending", backlog.outbox_pending),
            ("outbox_parked", backlog.outbox_parked),
            ("inbox_pending", backlog.inbox_pending),
            ("dead_letters", backlog.inbox_parked),
        ];
        for (place, count) in places {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.backlog.with_label_values(&[module, place]).set(count);
        }
        self.oldest.with_label_values(&[module]).set(oldest_seconds);
    }

    /// Notes how full the queue of passwords that are to be hashed is.
    pub fn set_hash_queue(&self, queued: usize, capacity: usize, refused: u64) {
        for (what, count) in [("queued", queued), ("capacity", capacity)] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.hashing.with_label_values(&[what]).set(count);
        }
        let refused = i64::try_from(refused).unwrap_or(i64::MAX);
        self.hashes_refused.set(refused);
    }

    /// Notes whether the cache answers, if there is one.
    pub fn set_cache(&self, up: Option<bool>) {
        if let Some(up) = up {
            self.cache.with_label_values(&[] as &[&str]).set(up.into());
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

    fn text(&self) -> Result<String> {
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

fn known_method(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("_OTHER")
}
