//! Cohorts: learners who take a course together, as its staff groups them.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::{Service, exists, require};
pub(crate) use store::members::{delete_of, export};
pub(crate) use view::MemberOutcome;
