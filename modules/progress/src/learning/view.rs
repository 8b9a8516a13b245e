//! Learning as it is answered.

mod explanation;
mod progress;

pub(crate) use explanation::CourseExplanation;
pub(crate) use progress::{CourseProgress, NextLesson, NextLessons};
