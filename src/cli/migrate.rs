//! `gopro migrate` migrates the database schemas.

use anyhow::Result;
use clap::Subcommand;

use super::output::say;
use crate::config::Settings;
use crate::data::DataFolder;
use crate::modules::Databases;

#[derive(Debug, Subcommand)]
pub(super) enum Migrate {
    /// Run pending migrations.
    Up,
    /// Show applied and pending migrations.
    Status,
}

impl Migrate {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        match self {
            Self::Up => {
                let folder = DataFolder::open(&settings.data.folder, settings.embedded())?;
                let databases = Databases::open(&settings, &folder).await?;
                databases.migrate().await?;
                print_status(&databases).await
            }
            Self::Status => print_status(&Databases::attach(&settings).await?).await,
        }
    }
}

async fn print_status(databases: &Databases) -> Result<()> {
    for (module, state) in databases.states().await? {
        say(&format!(
            "{:<13} {} applied, {} pending",
            module.as_str(),
            state.applied.len(),
            state.pending.len()
        ));
    }
    Ok(())
}
