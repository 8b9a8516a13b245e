//! `gopro serve` runs the server.

use anyhow::Result;
use clap::Args;
use kernel::{Ambient, ExposeSecret};

use super::say;
use crate::config::Settings;
use crate::modules::Modules;
use crate::server::Server;
use crate::{seed, telemetry};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Load the demo course and three accounts first.
    #[arg(long)]
    demo: bool,
    /// The modules that run in this process, such as --modules user,course; all without it.
    #[arg(long, value_name = "NAMES")]
    modules: Option<String>,
}

impl Serve {
    /// What the words of this command set.
    pub(super) fn settings(&self) -> Option<(&'static str, String)> {
        let names = self.modules.clone()?;
        Some(("modules.run", names))
    }

    pub(super) fn run(self, settings: Settings) -> Result<()> {
        telemetry::start(&settings.log)?;
        actix_web::rt::System::new().block_on(self.serve(settings))
    }

    async fn serve(self, settings: Settings) -> Result<()> {
        let ambient = Ambient::system();
        let (folder, modules) = Modules::start(&settings, &ambient).await?;
        if self.demo {
            let made = seed::demo(&modules, &settings.demo, &ambient).await?;
            super::seed::tell(&made);
        }
        let setup_token = match modules.user() {
            Ok(user) => user.setup_token().await?,
            Err(_) => None,
        };
        let server = Server::serve(&settings, ambient, folder, modules).await?;
        if let Some(token) = setup_token {
            say(
                "There is no administrator yet. Make the first one with this token, which works once:",
            );
            say(&format!(
                "  POST /api/v1/auth/setup  setup_token: {}",
                token.expose_secret()
            ));
        }
        say(&format!(
            "GO-PRO {} answers at http://{}",
            env!("CARGO_PKG_VERSION"),
            server.address
        ));
        say(&format!("  Swagger UI  http://{}/docs", server.address));
        say(&format!(
            "  health      http://{}/health",
            server.internal_address
        ));
        server.run().await
    }
}
