//! What each event in the life of an account ends: the table, and its execution over every room that
//! holds something which lets somebody in.

mod service;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use service::{Bounds, Revoked, Service};
pub(crate) use table::AccountEvent;
#[cfg(test)]
pub(crate) use table::{Credential, Extent};
