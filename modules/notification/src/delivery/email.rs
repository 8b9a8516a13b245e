//! The channel of emails: writing them, and handing them over to a server or a folder.

mod check;
mod composer;
mod dkim;
mod send_error;
mod settings;
mod smtp;
mod transport;

#[cfg(test)]
mod tests;

pub use check::MailCheckError;
pub use dkim::{DkimError, SigningError};
pub use settings::{DkimSettings, MailSettings, SettingsError, Transport};

pub(crate) use composer::{ComposeError, Composer};
pub(crate) use send_error::SendError;
pub(crate) use transport::Mailer;
