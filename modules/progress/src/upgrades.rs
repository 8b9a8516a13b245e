//! Moving the learners of a course to its newest version: the staff offers it or requires it.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
