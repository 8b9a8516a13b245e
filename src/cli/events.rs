//! `gopro events` manages dead letters.

use anyhow::{Result, bail};
use clap::Subcommand;
use kernel::EventId;

use super::output::{say, say_document};
use crate::config::Settings;
use crate::modules::Databases;

#[derive(Debug, Subcommand)]
pub(super) enum Events {
    /// Manage events that a module could not handle.
    #[command(subcommand)]
    DeadLetters(DeadLetters),
}

#[derive(Debug, Subcommand)]
pub(super) enum DeadLetters {
    /// List dead letters.
    List,
    /// Show a dead letter with its whole envelope.
    Show { event: EventId },
    /// Send a dead letter to its handler again.
    Replay { event: EventId },
    /// Discard a dead letter.
    Discard { event: EventId },
}

impl Events {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let Self::DeadLetters(command) = self;
        let databases = Databases::attach(&settings).await?;
        databases.refuse_pending().await?;
        let mut found = false;
        for (module, database) in databases.all() {
            found |= match &command {
                DeadLetters::List => list(module.as_str(), database).await?,
                DeadLetters::Show { event } => show(database, *event).await?,
                DeadLetters::Replay { event } => {
                    bus::dead_letters::replay(database, *event).await?
                }
                DeadLetters::Discard { event } => {
                    bus::dead_letters::discard(database, *event).await?
                }
            };
        }
        match command {
            DeadLetters::List if !found => say("There are no dead letters."),
            DeadLetters::List | DeadLetters::Show { .. } if found => {}
            DeadLetters::Replay { .. } if found => say(
                "A running server retries it within two seconds; otherwise it is retried at startup.",
            ),
            DeadLetters::Discard { .. } if found => say("The dead letter was discarded."),
            _ => bail!(
                "there is no dead letter with this id; gopro events dead-letters list shows them all"
            ),
        }
        Ok(())
    }
}

async fn list(module: &str, database: &database::Database) -> Result<bool> {
    let letters = bus::dead_letters::list(database).await?;
    for letter in &letters {
        say(&format!(
            "{module:<13} {} {:<32} {} attempts: {}",
            letter.event_id, letter.kind, letter.attempts, letter.error
        ));
    }
    Ok(!letters.is_empty())
}

async fn show(database: &database::Database, event: EventId) -> Result<bool> {
    let Some(letter) = bus::dead_letters::find(database, event).await? else {
        return Ok(false);
    };
    say_document(&serde_json::to_string_pretty(&letter)?)?;
    Ok(true)
}
