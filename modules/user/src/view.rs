//! What this module answers over HTTP.

mod accounts;
mod api_tokens;
mod erasure;
mod export;
mod invitations;

pub(crate) use accounts::{Account, Profile};
pub(crate) use api_tokens::ApiTokenView;
pub(crate) use erasure::{Erasing, ErasureView};
pub(crate) use export::ExportView;
pub(crate) use invitations::InvitationView;
