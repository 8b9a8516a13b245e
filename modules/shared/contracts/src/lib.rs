//! The contracts between the modules: views, traits and events, and nothing that runs.

pub mod course;
pub mod course_ref;
pub mod notification;
pub mod progress;
pub mod user;
