//! Logs for people and machines, and the metrics registry.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogSettings};

/// Starts logging to standard error.
///
/// # Errors
/// When the level cannot be read, or logging was started before.
pub fn start(settings: &LogSettings) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.level).context(
        "log.level cannot be read; use error, warn, info, debug, trace or tracing directives",
    )?;
    let pretty = match settings.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if pretty {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
