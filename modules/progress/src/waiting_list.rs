//! Waiting for a seat in a course that is full, and getting it.

mod http;
mod request;
mod service;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
