//! `gopro keys` lists and rotates the signing keys, and replaces the master key.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use kernel::Operation;
use user::{KeyState, KeyView};

use super::master_key;
use super::output::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List the current and former signing keys.
    List,
    /// Create a new key. It starts signing in ten minutes, and the old key verifies until its last
    /// token has expired, so nobody is logged out.
    Rotate {
        /// For a compromised key: the new key signs immediately, and all tokens signed by the old
        /// key become invalid; sessions continue with their next refresh.
        #[arg(long)]
        emergency: bool,
    },
    /// Replace the master key, which encrypts what is secret in the database. Stop every process of
    /// the installation first.
    RotateMaster {
        /// The file with the new key, if the present one is set in the configuration; otherwise a new
        /// key is created in the data folder.
        #[arg(long)]
        new_key_file: Option<PathBuf>,
    },
}

impl Keys {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        match self {
            Self::List => {
                let user = Modules::attach_user(&settings).await?;
                for key in user.keys().await? {
                    say(&line(&key));
                }
            }
            Self::Rotate { emergency } => {
                let user = Modules::attach_user(&settings).await?;
                let operation = Operation::system("gopro keys rotate");
                let key = user.rotate_keys(&operation, emergency).await?;
                say(&line(&key));
                say("A running server loads it within a minute.");
            }
            Self::RotateMaster { new_key_file } => {
                master_key::rotate(&settings, new_key_file.as_deref()).await?;
            }
        }
        Ok(())
    }
}

fn line(key: &KeyView) -> String {
    let state = match key.state {
        KeyState::Pending => "pending",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
        KeyState::Removed => "removed",
    };
    let until = match (key.retires_at, key.removed_at) {
        (Some(retires), Some(removed)) => {
            format!(", signs until {retires}, verifies until {removed}")
        }
        _ => String::new(),
    };
    format!(
        "{} {state:<8} signs from {}{until}",
        key.key_id, key.activates_at
    )
}
