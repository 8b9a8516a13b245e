//! `gopro migrate` brings the schemas up to date.

use anyhow::Result;
use clap::Subcommand;

use super::say;
use crate::config::Settings;
use crate::data::DataFolder;
use crate::modules::Databases;

#[derive(Debug, Subcommand)]
pub(super) enum Migrate {
    /// Run what is pending.
    Up,
    /// Say what was run and what is pending.
    Status,
}

impl Migrate {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        match self {
            Self::Up => {
                let folder = DataFolder::open(&settings.data.folder, settings.embedded())?;
                let databases = Databases::open(&settings, &folder).await?;
                databases.migrate().await?;
                tell(&databases).await
            }
            Self::Status => tell(&Databases::visit(&settings).await?).await,
        }
    }
}

async fn tell(databases: &Databases) -> Result<()> {
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
