//! The log, and its projections by enrollment.

pub(crate) mod activity;
pub(crate) mod course_activity;
pub(crate) mod enrollments;
pub(crate) mod projections;
