//! Which version each enrolled learner is on: a copy of what the progress module publishes.

mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use service::{on_enrolled, on_unenrolled, on_upgraded};
pub(crate) use store::{binding_version_of, count_learners, erase, export, version_of};
