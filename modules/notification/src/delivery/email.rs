//! The channel of emails: writing them, and handing them over to a server or a folder.

mod composer;
mod send_error;
mod settings;
mod smtp;
mod transport;
mod trial;

#[cfg(test)]
mod tests;

pub use settings::{MailSettings, SettingsError, Transport};
pub use trial::TrialError;

pub(crate) use composer::{ComposeError, Composer};
pub(crate) use send_error::SendError;
pub(crate) use transport::Mailer;
