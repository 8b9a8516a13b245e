//! Who takes a course and how far they are, for those who teach it.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod walk;

pub(crate) use http::routes;
pub(crate) use request::RosterFilter;
pub(crate) use service::Service;
pub(crate) use view::CourseLearner;
pub(crate) use walk::list_after;
