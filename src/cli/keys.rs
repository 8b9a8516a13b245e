//! `gopro keys` lists and rotates the signing keys.

use anyhow::Result;
use clap::Subcommand;
use kernel::{Ambient, Operation};
use user::{KeyState, KeyView};

use super::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List the keys that sign and have signed tokens.
    List,
    /// Make a new key. It signs in ten minutes, and the old one verifies until its last token has
    /// run out, so nobody is logged out.
    Rotate {
        /// The old key is in wrong hands: the new one signs at once and no token of the old one
        /// counts any more; sessions go on with their next refresh.
        #[arg(long)]
        emergency: bool,
    },
}

impl Keys {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let user = Modules::visit_user(&settings, &Ambient::system()).await?;
        match self {
            Self::List => {
                for key in user.keys().await? {
                    say(&line(&key));
                }
            }
            Self::Rotate { emergency } => {
                let operation = Operation::system("gopro keys rotate");
                let key = user.rotate_keys(&operation, emergency).await?;
                say(&line(&key));
                say("A running server reads it within a minute.");
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
