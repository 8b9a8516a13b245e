//! `gopro mail` tries the settings of outgoing email.

use anyhow::{Context, Result};
use clap::Subcommand;
use kernel::Env;

use super::output::say;
use crate::config::Settings;
use crate::modules::mail_settings;

#[derive(Debug, Subcommand)]
pub(super) enum Mail {
    /// Send a test email to an address, and print what the mail server said.
    Test {
        /// The email address of the recipient.
        address: String,
    },
}

impl Mail {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let Self::Test { address } = self;
        let mail = mail_settings(&settings, &settings.data.folder)?;
        let sent = mail.send_test(&Env::system(), &address).await;
        let answer = sent.context("the test email was not sent")?;
        say(&format!(
            "The test email from {} was accepted: {answer}",
            mail.from
        ));
        Ok(())
    }
}
