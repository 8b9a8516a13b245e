//! The module's statements; nothing else imports its entities.

pub(crate) mod api_tokens;
pub(crate) mod audit;
pub(crate) mod challenges;
pub(crate) mod delays;
pub(crate) mod identities;
pub(crate) mod keys;
pub(crate) mod people;
pub(crate) mod personal;
pub(crate) mod proofs;
pub(crate) mod provider_flows;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod totp;
