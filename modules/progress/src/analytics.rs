//! What a course looks like to those who teach it: who comes through, where learners stop, and how its exercises work.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
pub(crate) use store::counts::{add, list_all};
pub(crate) use view::{CourseAnalytics, ExerciseAnalytics, LessonAnalytics};
