//! `gopro seed` loads demo data.

use anyhow::Result;
use clap::Subcommand;
use kernel::{Env, ExposeSecret};

use super::output::say;
use crate::config::Settings;
use crate::modules::Modules;
use crate::seed::{self, DemoAccount};

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
        let tell = |lines: Vec<String>| lines.iter().for_each(|line| say(line));
        load(&modules, &settings, &env, tell).await?;
        say("The demo data is loaded.");
        Ok(())
    }
}

/// Loads the demo, and tells each password as soon as its account is there.
pub(super) async fn load(
    modules: &Modules,
    settings: &Settings,
    env: &Env,
    tell: impl Fn(Vec<String>),
) -> Result<Vec<DemoAccount>> {
    let mut demo = Vec::new();
    let made = seed::make_accounts(modules, &settings.demo, env, &mut demo).await;
    tell(accounts(&demo));
    made?;
    seed::load_courses(modules).await?;
    Ok(demo)
}

/// What to tell of accounts; generated passwords are not stored in plain text anywhere.
fn accounts(demo: &[DemoAccount]) -> Vec<String> {
    let line = |account: &DemoAccount| match &account.password {
        Some(password) if account.is_generated => format!(
            "Demo account {:<10} password {}   (shown only now)",
            account.username,
            password.expose_secret()
        ),
        _ => format!(
            "Demo account {:<10} password as configured",
            account.username
        ),
    };
    let new = demo.iter().filter(|account| account.is_new);
    new.map(line).collect()
}
