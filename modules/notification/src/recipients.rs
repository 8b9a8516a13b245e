//! Whom the module writes to, as the events of the user module say it, and whose account is gone.

mod service;
mod store;

#[cfg(test)]
mod tests;

pub(crate) use service::Service;
pub(crate) use store::{delete, export, find, is_erased, mark_erased};
