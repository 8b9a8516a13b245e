//! The transports of email: a folder, or an SMTP server.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::DeliveryId;
use lettre::Message;
use rest::OwnThread;

use super::send_error::SendError;
use super::settings::{MailSettings, SettingsError, Transport};
use super::smtp::{self, Server};

/// Sends emails.
#[derive(Clone)]
pub(crate) enum Mailer {
    Folder(PathBuf),
    /// Its answers are read on a thread of their own: the library takes long for many lines.
    Smtp(Server, Arc<OwnThread>),
}

impl Mailer {
    pub(crate) fn new(transport: Transport) -> Result<Self, SettingsError> {
        match transport {
            Transport::Folder(path) => {
                // An email may contain a valid link.
                let mut folder = std::fs::DirBuilder::new();
                let made = folder.recursive(true).mode(0o700).create(&path);
                made.map_err(|source| SettingsError::Folder {
                    path: path.clone(),
                    source,
                })?;
                Ok(Self::Folder(path))
            }
            Transport::Smtp {
                url,
                allow_plaintext_password,
                ca_pem,
            } => {
                let server = smtp::server(&url, allow_plaintext_password, &ca_pem)?;
                let thread = OwnThread::start("emails").map_err(SettingsError::Thread)?;
                Ok(Self::Smtp(server, Arc::new(thread)))
            }
        }
    }

    /// Sends one email, and returns what became of it, for whoever wants to read it.
    pub(crate) async fn send(&self, id: DeliveryId, mail: Message) -> Result<String, SendError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(format!("{id}.eml"));
                let receipt = format!("written to {}", path.display());
                let write = move || write(&path, &mail.formatted());
                tokio::task::spawn_blocking(write).await??;
                Ok(receipt)
            }
            Self::Smtp(server, thread) => {
                let server = server.clone();
                thread.run(async move { server.send(&mail).await }).await?
            }
        }
    }

    /// Connects to the server and logs in there, if there is one.
    pub(crate) async fn check(&self) -> Result<(), SendError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Smtp(server, thread) => {
                let server = server.clone();
                thread.run(async move { server.check().await }).await?
            }
        }
    }
}

impl MailSettings {
    /// Whether emails could be composed and sent with these settings, without trying.
    ///
    /// # Errors
    /// Why no email could ever be sent with it.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.mailbox()?;
        self.signer()?;
        match &self.transport {
            Transport::Folder(_) => Ok(()),
            Transport::Smtp {
                url,
                allow_plaintext_password,
                ca_pem,
            } => smtp::server(url, *allow_plaintext_password, ca_pem).map(drop),
        }
    }
}

/// Writes beside the file and renames, so that nobody ever reads half an email.
fn write(path: &Path, bytes: &[u8]) -> Result<(), std::io::Error> {
    let unfinished = path.with_extension("eml.part");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}
