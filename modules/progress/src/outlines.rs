//! What is known of published courses: the outline of each version, and whether a course still
//! takes learners in.

mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use service::Service;
pub(crate) use store::{
    CourseRecord, find, find_by_slug, find_course, has_lesson, has_tag, lock, newest_of, slug_of,
    tags_of,
};
