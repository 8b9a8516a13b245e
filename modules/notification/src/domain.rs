//! The words and values of the module that its rooms share; pure, without IO.

mod delivery;
mod message;
mod recipient;
mod template_key;

pub(crate) use delivery::{Channel, DeliveryState, Lane};
pub(crate) use message::{Category, Message, MessageType};
pub(crate) use recipient::Recipient;
pub(crate) use template_key::TemplateKey;

/// The name by which the bus and the configuration know the module.
pub(crate) const MODULE: &str = "notification";
