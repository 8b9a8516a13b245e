//! `gopro mail` tries the settings of outgoing email.

use anyhow::{Context, Result};
use clap::Subcommand;
use kernel::Env;
use notification::MailSettings;

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
    /// Print the DNS record of the key that signs emails (DKIM).
    Dkim,
}

impl Mail {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let mail = mail_settings(&settings, &settings.data.folder)?;
        let address = match self {
            Self::Test { address } => address,
            Self::Dkim => return print_record(&mail),
        };
        let sent = mail.send_test(&Env::system(), &address).await;
        let answer = sent.context("the test email was not sent")?;
        say(&format!(
            "The test email from {} was accepted: {answer}",
            mail.from
        ));
        Ok(())
    }
}

fn print_record(mail: &MailSettings) -> Result<()> {
    let record = mail.dkim_record()?;
    let (name, text) = record.context(
        "emails are not signed; set mail.dkim_selector and mail.dkim_key_file to sign them",
    )?;
    // A text of the DNS has strings of at most 255 characters.
    let strings: Vec<String> = text
        .as_bytes()
        .chunks(255)
        .map(|part| format!("\"{}\"", String::from_utf8_lossy(part)))
        .collect();
    say(&format!("{name}. IN TXT ({})", strings.join(" ")));
    Ok(())
}
