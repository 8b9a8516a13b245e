//! `gopro gateway` answers the API in front of services in other processes.

use anyhow::Result;
use kernel::Ambient;

use super::say;
use crate::config::Settings;
use crate::gateway::Front;
use crate::telemetry;

pub(super) fn run(settings: &Settings) -> Result<()> {
    telemetry::start(&settings.log)?;
    actix_web::rt::System::new().block_on(serve(settings))
}

async fn serve(settings: &Settings) -> Result<()> {
    let front = Front::start(settings, Ambient::system())?;
    say(&format!(
        "GO-PRO {} answers at http://{} as a gateway",
        env!("CARGO_PKG_VERSION"),
        front.address
    ));
    say(&format!("  Swagger UI  http://{}/docs", front.address));
    say(&format!(
        "  health      http://{}/health",
        front.internal_address
    ));
    front.run().await
}
