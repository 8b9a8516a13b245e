//! What this module is asked for: bodies and queries that a service takes as they are.

mod accounts;
mod audit;
mod invitations;
mod registration;

pub(crate) use accounts::UpdateMe;
pub(crate) use audit::AuditQuery;
pub(crate) use invitations::CreateInvitation;
pub(crate) use registration::SetUp;
