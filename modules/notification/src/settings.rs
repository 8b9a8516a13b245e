//! How mail leaves, as the operator sets it.

use std::path::PathBuf;

use kernel::{ExposeSecret, SecretString};
use lettre::message::Mailbox;

/// The settings of outgoing mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The sender, `GO-PRO <no-reply@example.org>`.
    pub from: String,
    /// Where people reach the platform, `https://learn.example.org`: links in mails begin with it.
    pub public_url: String,
    /// By which way mail leaves.
    pub transport: Transport,
}

/// By which way mail leaves.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Into this folder, one `<delivery>.eml` per mail; it is created when it is missing.
    Folder(PathBuf),
    /// To an SMTP server (RFC 5321).
    Smtp {
        /// `smtps://user:password@host:465`, `smtp://user:password@host:587?tls=required` or
        /// `smtp://host:25`.
        url: SecretString,
    },
}

impl MailSettings {
    /// Whether mail could be written and handed over so, without trying.
    ///
    /// # Errors
    /// What of it no mail could ever be sent with.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.mailbox()?;
        match &self.transport {
            Transport::Folder(_) => Ok(()),
            Transport::Smtp { url } => crate::transport::server(url.expose_secret()).map(drop),
        }
    }

    pub(crate) fn mailbox(&self) -> Result<Mailbox, SettingsError> {
        self.from.parse().map_err(|_| SettingsError::From {
            from: self.from.clone(),
        })
    }
}

/// Settings with which no mail could ever be sent; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The sender is no mailbox.
    #[error(
        "the mail sender {from:?} is no mailbox; write it as \"GO-PRO <no-reply@example.org>\""
    )]
    From {
        /// What was set.
        from: String,
    },
    /// The public address is none.
    #[error(
        "the public address {url:?} cannot be used in mails; write it as \"https://learn.example.org\""
    )]
    PublicUrl {
        /// What was set.
        url: String,
    },
    /// The server's address is none. It holds a password, so it is not shown.
    #[error(
        "the SMTP address cannot be used; write it as smtps://user:password@host:465, smtp://user:password@host:587?tls=required or smtp://host:25"
    )]
    Smtp,
    /// The password would travel readable.
    #[error(
        "the SMTP address has a password but no encryption; begin it with smtps:// or end it with ?tls=required"
    )]
    ReadablePassword,
    /// The folder cannot be made.
    #[error("cannot create the mail folder {}: {source}; check that this user may write there", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A built-in template is broken.
    #[error("a built-in template does not parse: {0}")]
    Template(#[from] minijinja::Error),
}
