//! Answers to exercises: graded at once, kept for ever, and counted against the attempts.

mod http;
mod request;
mod service;
pub(crate) mod store;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use request::SubmitAnswer;
pub(crate) use service::{Service, Turn, drawn};
