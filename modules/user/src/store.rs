//! The module's statements; nothing else imports its entities.

pub(crate) mod delays;
pub(crate) mod keys;
pub(crate) mod people;
pub(crate) mod sessions;
pub(crate) mod setup;
