//! What is kept for enrollments that are not there yet.

pub(crate) mod access;
pub(crate) mod pending_grades;
