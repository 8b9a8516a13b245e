//! Which version each enrolled learner is on: a copy of what the progress module publishes, which the staff sees.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::{Service, on_enrolled, on_unenrolled, on_upgraded};
pub(crate) use store::{
    Standing, binding_version_of, count_learners, erase, export, standing_of, version_of,
};
