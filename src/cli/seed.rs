//! `gopro seed` fills a data folder with the demo.

use anyhow::Result;
use clap::Subcommand;
use kernel::{Ambient, ExposeSecret};

use super::say;
use crate::config::Settings;
use crate::modules::Modules;
use crate::seed::{self, MadeAccount};

#[derive(Debug, Subcommand)]
pub(super) enum Seed {
    /// Load the demo course and three accounts; what is there already stays as it is.
    Demo,
}

impl Seed {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let ambient = Ambient::system();
        let (_folder, modules) = Modules::start(&settings, &ambient).await?;
        let Self::Demo = self;
        let made = seed::demo(&modules, &settings.demo, &ambient).await?;
        tell(&made);
        say("The demo is loaded.");
        Ok(())
    }
}

/// Tells generated passwords; they are not kept in clear anywhere.
pub(super) fn tell(made: &[MadeAccount]) {
    for account in made {
        match &account.password {
            Some(password) => say(&format!(
                "Demo account {:<10} password {}   (shown only now)",
                account.username,
                password.expose_secret()
            )),
            None => say(&format!(
                "Demo account {:<10} password as configured",
                account.username
            )),
        }
    }
}
