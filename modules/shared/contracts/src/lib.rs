//! The contracts between the modules: views, traits, events, and how a path names a course.

pub mod course;
pub mod course_ref;
pub mod notification;
pub mod progress;
pub mod user;
