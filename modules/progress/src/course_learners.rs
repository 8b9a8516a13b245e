//! The staff of a course brings learners into it, many at once, and takes them out of it.

mod http;
mod request;
mod service;
mod table;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use request::ReplaceLearnerAccess;
pub(crate) use service::Service;
#[cfg(test)]
pub(crate) use view::LearnerAccess;
