//! `gopro openapi` prints the OpenAPI document.

use anyhow::Result;

use super::output::say_document;
use crate::gateway::openapi::document;

pub(super) fn run() -> Result<()> {
    say_document(&serde_json::to_string_pretty(&document())?)?;
    Ok(())
}
