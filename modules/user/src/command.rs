//! What this module is asked for: bodies and queries that a service takes as they are.

mod accounts;
mod audit;

pub(crate) use accounts::UpdateMe;
pub(crate) use audit::AuditQuery;
