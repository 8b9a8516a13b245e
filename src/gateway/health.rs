//! Whether this process lives, has started and takes requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, get, web};
use rest::Routes;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the process takes requests: after its start and until it is told to stop.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Opens or closes the door.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }
}

/// The state of the process.
#[derive(Debug, Serialize, ToSchema)]
struct ProcessStatus {
    /// `up`, `ready` or `draining`.
    #[schema(max_length = 20, example = "up")]
    status: &'static str,
}

/// Tell whether the process lives.
///
/// It never looks at anything that it depends on.
#[utoipa::path(tag = "operations", responses((status = 200, description = "It lives.", body = ProcessStatus)), security(()))]
#[get("/livez")]
async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(ProcessStatus { status: "up" })
}

/// Tell whether the process takes requests.
#[utoipa::path(tag = "operations", responses((status = 200, description = "It does.", body = ProcessStatus)), security(()))]
#[get("/readyz")]
async fn readyz(readiness: web::Data<Readiness>) -> Result<HttpResponse, rest::Error> {
    if readiness.0.load(Ordering::Relaxed) {
        return Ok(HttpResponse::Ok().json(ProcessStatus { status: "ready" }));
    }
    Err(rest::Error::new(
        actix_web::http::StatusCode::SERVICE_UNAVAILABLE,
        "server.draining",
        "this instance is stopping; ask another one",
    )
    .with_retry_after(std::time::Duration::from_secs(1)))
}

/// Tell whether the process has started.
#[utoipa::path(tag = "operations", responses((status = 200, description = "It has.", body = ProcessStatus)), security(()))]
#[get("/startupz")]
async fn startupz() -> HttpResponse {
    HttpResponse::Ok().json(ProcessStatus { status: "up" })
}

/// The probes.
pub fn routes(config: &mut impl Routes) {
    config.service(livez).service(readyz).service(startupz);
}
