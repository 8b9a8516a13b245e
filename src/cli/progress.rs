//! `gopro progress` verifies what is shown of learners.

use anyhow::{Result, bail};
use clap::Subcommand;

use super::output::say;
use crate::config::Settings;
use crate::module_name::ModuleName;
use crate::modules::Databases;

#[derive(Debug, Subcommand)]
pub(super) enum Progress {
    /// Check that progress, points, streaks, and leaderboards are what the activity log says.
    Verify,
}

impl Progress {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let Self::Verify = self;
        let databases = Databases::attach(&settings).await?;
        databases.refuse_pending().await?;
        let database = databases.of(ModuleName::Progress)?;
        let mismatches = progress::Progress::verify_log(database).await?;
        if mismatches.is_empty() {
            say("All progress is what the activity log says.");
            return Ok(());
        }
        for mismatch in &mismatches {
            say(&mismatch.subject);
            say(&format!("  expected {}", mismatch.expected));
            say(&format!("  found    {}", mismatch.found));
        }
        bail!(
            "{} value(s) differ from the activity log; report them with the output of gopro doctor",
            mismatches.len()
        )
    }
}
