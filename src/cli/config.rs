//! `gopro config` checks, prints, and documents the settings.

use anyhow::Result;
use clap::Subcommand;

use super::output::{say, say_document};
use crate::config::{Settings, reference};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Report all errors at once; the exit code is not 0 if there are any.
    Check,
    /// Print the effective configuration without secrets, as TOML.
    Print,
    /// Print a reference of all settings.
    Reference,
}

impl ConfigCommand {
    pub(super) fn run(&self, settings: impl FnOnce() -> Result<Settings>) -> Result<()> {
        match self {
            Self::Check => {
                settings()?;
                say("The configuration is valid.");
            }
            Self::Print => say_document(toml::to_string_pretty(&settings()?)?.trim_end())?,
            Self::Reference => say_document(reference().trim_end())?,
        }
        Ok(())
    }
}
