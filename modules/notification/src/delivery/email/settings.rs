//! The settings of outgoing email.

use std::path::PathBuf;

use kernel::SecretString;
use lettre::message::Mailbox;

use super::dkim::{DkimError, Signer};

/// The settings of outgoing mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The sender, `GO-PRO <no-reply@example.org>`.
    pub from: String,
    /// The public URL of the platform, `https://learn.example.org`: links in emails begin with it.
    pub public_url: String,
    /// The transport of outgoing email.
    pub transport: Transport,
    /// The key that signs emails; without one they are not signed.
    pub dkim: Option<DkimSettings>,
}

/// The key that signs emails for the domain of the sender (DKIM, RFC 6376).
#[derive(Debug, Clone)]
pub struct DkimSettings {
    /// Under which name the public key stands in the DNS, below `_domainkey` of the domain.
    pub selector: String,
    /// The private key as PEM (PKCS #8 or PKCS #1): RSA of at least 2048 bits, or Ed25519.
    pub key: SecretString,
}

/// The transport of outgoing email.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Into this folder, one `<delivery>.eml` per email; it is created when it is missing.
    Folder(PathBuf),
    /// To an SMTP server (RFC 5321).
    Smtp {
        /// `smtps://user:password@host:465`, `smtp://user:password@host:587?tls=required` or
        /// `smtp://host:25`.
        url: SecretString,
        /// Whether a password may be sent without encryption.
        allow_plaintext_password: bool,
        /// CA certificates (PEM) that the server's certificate may have beside those of the system.
        ca_pem: String,
    },
}

impl MailSettings {
    /// The sender as a mailbox.
    pub(crate) fn mailbox(&self) -> Result<Mailbox, SettingsError> {
        self.from.parse().map_err(|_| SettingsError::From {
            from: self.from.clone(),
        })
    }

    /// What signs the emails of the sender.
    pub(crate) fn signer(&self) -> Result<Option<Signer>, SettingsError> {
        let Some(dkim) = &self.dkim else {
            return Ok(None);
        };
        let signer = Signer::new(&self.mailbox()?, &dkim.selector, &dkim.key)?;
        Ok(Some(signer))
    }
}

/// Settings with which no email could ever be sent; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The sender is no mailbox.
    #[error("the sender {from:?} is not a mailbox; write it as \"GO-PRO <no-reply@example.org>\"")]
    From {
        /// What was set.
        from: String,
    },
    /// The public address is none.
    #[error(
        "the public URL {url:?} cannot be used in emails; write it as \"https://learn.example.org\""
    )]
    PublicUrl {
        /// What was set.
        url: String,
    },
    /// The key or its name cannot be used.
    #[error(transparent)]
    Dkim(#[from] DkimError),
    /// The server's address has a parameter that is unknown there.
    #[error(
        "unknown parameter in the SMTP URL; use tls=required, or tls=opportunistic with smtp://"
    )]
    Parameter,
    /// The server's address is none. It holds a password, so it is not shown.
    #[error(
        "the SMTP URL {fault}; write it as smtps://user:password@host:465, smtp://user:password@host:587?tls=required or smtp://host:25, with special characters of the password as %XX"
    )]
    Smtp {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The CA certificates of one's own are none.
    #[error(
        "tls.ca_file has certificates that cannot be used; give a file of CA certificates as PEM"
    )]
    Ca,
    /// The system has no thread left.
    #[error("no thread can be started for emails: {0}; raise the limit of processes (ulimit -u)")]
    Thread(std::io::Error),
    /// The password would travel readable.
    #[error(
        "the SMTP URL has a password but no encryption; begin it with smtps:// or end it with ?tls=required, or set mail.allow_plaintext_password if the network path is private"
    )]
    ReadablePassword,
    /// The folder cannot be made.
    #[error("cannot create the email folder {}: {source}; check that this user may write there", path.display())]
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
