//! The drafts of courses, which their staff writes: courses, sections, lessons, exercises, and who
//! is on the staff.

mod http;
mod known;
mod outline;
mod published;
mod request;
mod service;
mod store;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use http::routes;
pub(crate) use outline::Draft;
pub(crate) use published::Published;
#[cfg(test)]
pub(crate) use request::CreateCourse;
pub(crate) use request::CreateExercise;
pub(crate) use service::{Requiring, Service, slug_of};
pub(crate) use store::{CourseRecord, ExerciseRecord, LessonHead, LessonRecord, SectionRecord};
pub(crate) use store::{courses, exercises, heads, lessons, sections, staff};
#[cfg(test)]
pub(crate) use view::CourseBatchResult;
pub(crate) use view::{
    Author, CourseDetail, ExerciseDetail, LessonDetail, LessonSummary, Prerequisite, SectionView,
};
