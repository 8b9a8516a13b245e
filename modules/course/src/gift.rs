//! Exercises in GIFT, the text format in which Moodle and many question banks exchange questions.

mod block;
mod http;
mod marks;
mod reading;
mod request;
mod service;
#[cfg(test)]
mod tests;
mod text;
mod view;
mod writing;

pub(crate) use http::routes;
pub(crate) use service::Service;
