//! Certificates: issued once for each enrollment that completes its course, checked by anybody, and revoked by the
//! staff.

mod credential;
mod http;
mod page;
mod rendering;
mod request;
mod service;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use page::escaped;
pub(crate) use service::{Service, issue, name_unnamed};
pub use settings::CertificateSettings;
pub(crate) use store::{delete_of, export, export_revoked, forget_reviser};
