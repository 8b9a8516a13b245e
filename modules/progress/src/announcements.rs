//! Telling the learners of a course of a new version: a few at a time, once for each version, and for each course once
//! a day.

mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use service::{Service, change_notes, offer, on_course_published};
