//! Achievements: what can be earned, how far a learner is, what they look like, and who gets a new one for what they
//! did before.

mod http;
mod image;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
