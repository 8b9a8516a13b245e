//! The cohorts of courses, and who is in them.

pub(super) mod definitions;
pub(crate) mod members;
