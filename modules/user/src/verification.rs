//! Email addresses: verified, changed, and restored.

mod http;
mod request;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use http::routes;
pub(crate) use service::{CallOffErasure, Service};
