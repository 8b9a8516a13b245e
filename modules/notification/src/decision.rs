//! Decides which notification a user gets about an event, and by which channels: a notification in their inbox
//! and one delivery per further channel, or a transactional email.

mod channels;
mod emails;
mod messages;
mod service;

#[cfg(test)]
mod tests;

pub(crate) use service::Service;
