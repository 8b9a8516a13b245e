//! `gopro config` checks, prints and explains the settings.

use anyhow::Result;
use clap::Subcommand;

use super::say;
use crate::config::{Settings, reference};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Tell every fault at once; the exit code is not 0 when there is one.
    Check,
    /// Print what is in force, without secrets.
    Print,
    /// Print the reference of all settings.
    Reference,
}

impl ConfigCommand {
    pub(super) fn run(self, settings: Result<Settings>) -> Result<()> {
        match self {
            Self::Check => {
                settings?;
                say("The configuration is good.");
            }
            Self::Print => say(&serde_json::to_string_pretty(&settings?)?),
            Self::Reference => say(reference().trim_end()),
        }
        Ok(())
    }
}
