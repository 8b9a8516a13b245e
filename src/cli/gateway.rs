//! `gopro gateway` serves the API in front of services in other processes.

use anyhow::Result;
use kernel::Env;

use super::output::{announce, listening};
use crate::config::Settings;
use crate::gateway::Front;
use crate::telemetry;

pub(super) fn run(settings: &Settings) -> Result<()> {
    let _logging = telemetry::start(&settings.log)?;
    actix_web::rt::System::new().block_on(serve(settings))
}

async fn serve(settings: &Settings) -> Result<()> {
    let front = Front::start(settings, Env::system())?;
    announce(listening(
        "GO-PRO gateway",
        front.address,
        front.internal_address,
        "",
    ));
    front.run().await
}
