//! The second factor as it is kept: authenticators and recovery codes, and whether a code is right.

mod service;
mod store;

pub(crate) use service::{Service, authenticator};
pub(crate) use store::{confirm, count_codes_of, delete_of, find, is_confirmed, put};
