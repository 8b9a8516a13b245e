//! `gopro seed` loads demo data.

use anyhow::Result;
use clap::Subcommand;
use kernel::{Env, ExposeSecret};

use super::output::say;
use crate::config::Settings;
use crate::modules::Modules;
use crate::seed::{self, MadeAccount};

#[derive(Debug, Subcommand)]
pub(super) enum Seed {
    /// Load the demo course and three accounts; existing data is left unchanged.
    Demo,
}

impl Seed {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let env = Env::system();
        let (_folder, modules) = Modules::start(&settings, &env).await?;
        let Self::Demo = self;
        let made = seed::demo(&modules, &settings.demo, &env).await?;
        for line in accounts(&made) {
            say(&line);
        }
        say("The demo data is loaded.");
        Ok(())
    }
}

/// What to tell of accounts; generated passwords are not stored in plain text anywhere.
pub(super) fn accounts(made: &[MadeAccount]) -> Vec<String> {
    let line = |account: &MadeAccount| match &account.password {
        Some(password) => format!(
            "Demo account {:<10} password {}   (shown only now)",
            account.username,
            password.expose_secret()
        ),
        None => format!(
            "Demo account {:<10} password as configured",
            account.username
        ),
    };
    made.iter().map(line).collect()
}
