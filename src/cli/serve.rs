//! `gopro serve` runs the server.

use anyhow::Result;
use clap::Args;
use kernel::{Env, ExposeSecret};

use super::output::{announce, listening};
use crate::config::Settings;
use crate::modules::Modules;
use crate::server::Server;
use crate::telemetry;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Load the demo course and three accounts first.
    #[arg(long)]
    demo: bool,
    /// The modules to run in this process, such as --modules user,course; all by default.
    #[arg(long, value_name = "NAMES")]
    modules: Option<String>,
}

impl Serve {
    /// The setting that the options of this command change.
    pub(super) fn settings(&self) -> Option<(&'static str, String)> {
        let names = self.modules.clone()?;
        Some(("modules.run", names))
    }

    pub(super) fn run(self, settings: Settings) -> Result<()> {
        let _logging = telemetry::start(&settings.log)?;
        actix_web::rt::System::new().block_on(self.serve(settings))
    }

    async fn serve(self, settings: Settings) -> Result<()> {
        let env = Env::system();
        let (folder, modules) = Modules::start(&settings, &env).await?;
        let mut demo = Vec::new();
        if self.demo {
            demo = super::seed::load(&modules, &settings, &env, announce).await?;
        }
        let mut lines = Vec::new();
        let setup_token = match modules.user() {
            Ok(user) => user.setup_token().await?,
            Err(_) => None,
        };
        let server = Server::serve(&settings, env, folder, modules, &demo).await?;
        if let Some(token) = setup_token {
            lines.push(
                "There is no administrator yet. Create the first one with this one-time setup token:"
                    .to_owned(),
            );
            lines.push(format!(
                "  POST /api/v1/auth/setup  setup_token: {}",
                token.expose_secret()
            ));
        }
        lines.extend(listening(
            "GO-PRO",
            server.address,
            server.internal_address,
            &server.demo_fragment,
        ));
        announce(lines);
        server.run().await
    }
}
