//! Sending: one delivery per message and channel, tried until it is taken or given up.

mod delivery_error;
mod email;
mod http;
mod record;
mod request;
mod retry;
mod sender;
mod service;
mod store;
mod view;

#[cfg(test)]
mod tests;

pub use email::{
    DkimError, DkimSettings, MailCheckError, MailSettings, SettingsError, SigningError, Transport,
};
pub use sender::Sender;
pub use service::DeliveryBacklog;

pub(crate) use email::{Composer, Mailer};
pub(crate) use http::routes;
pub(crate) use service::Service;
pub(crate) use store::{delete_emails_of, export};
