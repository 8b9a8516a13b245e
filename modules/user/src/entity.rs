//! The module's tables.

pub(crate) mod login_delay;
pub(crate) mod person;
pub(crate) mod refresh_token;
pub(crate) mod session;
pub(crate) mod setup_token;
pub(crate) mod signing_key;
