//! What learners are shown: courses, outlines, lessons and exercises of the edition that they may
//! see, and what other modules ask of courses.

mod http;
mod request;
mod service;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use request::ReadText;
pub(crate) use service::Service;
#[cfg(test)]
pub(crate) use view::{ExerciseForLearner, ExerciseView};
