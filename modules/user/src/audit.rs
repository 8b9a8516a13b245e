//! The audit log: every security event, each row sealed with all before it.

mod action;
mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use action::AuditAction;
pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use request::AuditQuery;
pub use service::AuditVerification;
pub(crate) use service::Service;
