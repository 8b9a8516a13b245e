//! `gopro openapi` prints the description of the API.

use anyhow::Result;

use super::say;
use crate::gateway::openapi::document;

pub(super) fn run() -> Result<()> {
    say(&serde_json::to_string_pretty(&document())?);
    Ok(())
}
