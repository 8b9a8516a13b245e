//! What this module answers over HTTP.

mod accounts;
mod api_tokens;
mod audit;
mod erasure;
mod export;
mod identities;
mod invitations;
mod sessions;

pub(crate) use accounts::{Account, Profile};
pub(crate) use api_tokens::ApiTokenView;
pub(crate) use audit::AuditEntry;
pub(crate) use erasure::{Erasing, ErasureView};
pub(crate) use export::ExportView;
pub(crate) use identities::IdentityView;
pub(crate) use invitations::InvitationView;
pub(crate) use sessions::SessionView;
