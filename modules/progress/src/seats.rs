//! Seats: how many learners a course takes, who has the next free one, and who waits for it.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod view;

pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use request::ReplaceEnrollmentSettings;
pub(crate) use service::{Service, are_free, lock, require_place, take};
pub(crate) use store::{departures, settings, waiting};
