//! Signing in with other providers, and linking their identities to accounts.

mod answer;
mod flow;
mod http;
mod names;
mod outgoing;
mod provider;
mod refusal;
mod request;
mod service;
mod settings;
mod signed_in;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use provider::open;
pub use provider::{ProviderCheck, check_providers};
pub(crate) use service::{Policy, Service};
pub use settings::{ProviderKind, ProviderSettings, RoleRule};
