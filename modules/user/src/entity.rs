//! The module's tables.

pub(crate) mod account;
pub(crate) mod api_token;
pub(crate) mod audit;
pub(crate) mod audit_head;
pub(crate) mod identity;
pub(crate) mod known_caller;
pub(crate) mod login_delay;
pub(crate) mod one_time_token;
pub(crate) mod provider_flow;
pub(crate) mod recovery_code;
pub(crate) mod refresh_token;
pub(crate) mod session;
pub(crate) mod setup_token;
pub(crate) mod signing_key;
pub(crate) mod totp;
pub(crate) mod used_challenge;
