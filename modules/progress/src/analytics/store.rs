//! Counts that are kept, and counts of enrollments.

pub(crate) mod counts;
pub(super) mod enrollments;
