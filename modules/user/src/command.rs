//! What this module is asked for: bodies and queries that a service takes as they are.

mod accounts;

pub(crate) use accounts::UpdateMe;
