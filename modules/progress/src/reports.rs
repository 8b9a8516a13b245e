//! Reports of a course as files: requested, written by a job, downloaded, and gone after some days.

mod encoding;
mod http;
mod page;
mod request;
mod rows;
mod service;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
pub(crate) use store::erasures::invalidate;
pub(crate) use store::reports::{delete_of, export};
