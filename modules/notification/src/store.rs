//! Every statement that this module sends to its database.

pub(crate) mod deliveries;
pub(crate) mod notifications;
pub(crate) mod personal;
pub(crate) mod recipients;
