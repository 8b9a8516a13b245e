//! The ways by which a mail leaves the house.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::ExposeSecret;
use lettre::transport::smtp::{self, AsyncSmtpTransportBuilder};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use uuid::Uuid;

use crate::settings::{SettingsError, Transport};

/// How long the server may take for one command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a whole mail may take; well below the lease of a delivery.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// Hands mails over.
#[derive(Clone)]
pub(crate) enum Mailer {
    Folder(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

/// A mail that was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the file cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    Smtp(#[from] smtp::Error),
    #[error("the server took longer than {} seconds", SEND_TIMEOUT.as_secs())]
    Timeout,
    #[error("the writing was cut off: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl SendError {
    /// Whether the server has said that it will never take this mail (RFC 5321, 5yz).
    pub(crate) fn is_permanent(&self) -> bool {
        matches!(self, Self::Smtp(error) if error.is_permanent())
    }
}

impl Mailer {
    pub(crate) fn new(transport: Transport) -> Result<Self, SettingsError> {
        match transport {
            Transport::Folder(path) => {
                // A mail may hold a link that counts.
                let mut folder = std::fs::DirBuilder::new();
                let made = folder.recursive(true).mode(0o700).create(&path);
                made.map_err(|source| SettingsError::Folder {
                    path: path.clone(),
                    source,
                })?;
                Ok(Self::Folder(path))
            }
            Transport::Smtp { url } => {
                let builder = server(url.expose_secret())?;
                Ok(Self::Smtp(builder.timeout(Some(COMMAND_TIMEOUT)).build()))
            }
        }
    }

    /// Hands one mail over.
    pub(crate) async fn send(&self, id: Uuid, mail: Message) -> Result<(), SendError> {
        match self {
            Self::Folder(folder) => {
                let folder = folder.clone();
                let write = move || write(&folder, id, &mail.formatted());
                Ok(tokio::task::spawn_blocking(write).await??)
            }
            Self::Smtp(server) => {
                let sending = Box::pin(server.send(mail));
                let sent = tokio::time::timeout(SEND_TIMEOUT, sending).await;
                sent.map_err(|_| SendError::Timeout)??;
                Ok(())
            }
        }
    }
}

/// The server that an address names; a password must not travel readable.
pub(crate) fn server(url: &str) -> Result<AsyncSmtpTransportBuilder, SettingsError> {
    let readable = url.starts_with("smtp:") && !url.contains("tls=required");
    if readable && url.contains('@') {
        return Err(SettingsError::ReadablePassword);
    }
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| SettingsError::Smtp)
}

/// Writes beside the file and renames, so that nobody ever reads half a mail.
fn write(folder: &Path, id: Uuid, bytes: &[u8]) -> Result<(), std::io::Error> {
    let unfinished = folder.join(format!("{id}.eml.part"));
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, folder.join(format!("{id}.eml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(url: &str) -> Result<Mailer, SettingsError> {
        Mailer::new(Transport::Smtp {
            url: url.to_owned().into(),
        })
    }

    #[tokio::test]
    async fn an_address_that_would_show_the_password_is_refused() {
        assert!(matches!(
            smtp("smtp://me:secret@mail.example:25"),
            Err(SettingsError::ReadablePassword)
        ));
        assert!(smtp("smtp://me:secret@mail.example:587?tls=required").is_ok());
        assert!(smtp("smtps://me:secret@mail.example").is_ok());
        assert!(smtp("smtp://127.0.0.1:1025").is_ok());
    }

    #[tokio::test]
    async fn a_refused_address_is_not_shown() {
        let Err(error) = smtp("carrier-pigeon://me:secret@mail.example") else {
            panic!("a pigeon was accepted");
        };
        assert!(matches!(error, SettingsError::Smtp));
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
