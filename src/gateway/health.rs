//! Whether this process lives, has started and takes requests.

use actix_web::{HttpResponse, get, web};
use rest::Routes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::readiness::Readiness;

/// The state of the process.
#[derive(Debug, Serialize, ToSchema)]
struct ProcessStatus {
    /// `up`, `ready` or `draining`.
    #[schema(max_length = 20, example = "up")]
    status: &'static str,
}

/// Check liveness.
///
/// It does not check any dependencies.
#[utoipa::path(tag = "operations", responses((status = 200, description = "The process is alive.", body = ProcessStatus)), security(()))]
#[get("/livez")]
async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(ProcessStatus { status: "up" })
}

/// Check readiness.
#[utoipa::path(tag = "operations", responses((status = 200, description = "The process is ready for requests.", body = ProcessStatus)), security(()))]
#[get("/readyz")]
async fn readyz(readiness: web::Data<Readiness>) -> Result<HttpResponse, rest::Error> {
    if readiness.get() {
        return Ok(HttpResponse::Ok().json(ProcessStatus { status: "ready" }));
    }
    Err(rest::Error::new(
        actix_web::http::StatusCode::SERVICE_UNAVAILABLE,
        "server.draining",
        "this instance is shutting down; send the request to another one",
    )
    .with_retry_after(std::time::Duration::from_secs(1)))
}

/// Check startup.
#[utoipa::path(tag = "operations", responses((status = 200, description = "The process has started.", body = ProcessStatus)), security(()))]
#[get("/startupz")]
async fn startupz() -> HttpResponse {
    HttpResponse::Ok().json(ProcessStatus { status: "up" })
}

/// The probes.
pub fn routes(config: &mut impl Routes) {
    config.service(livez).service(readyz).service(startupz);
}
