//! The statements of this module: one each, over any connection or transaction.

pub(crate) mod achievements;
pub(crate) mod activity;
pub(crate) mod early_grades;
pub(crate) mod enrollments;
pub(crate) mod learners;
pub(crate) mod outlines;
pub(crate) mod personal;
pub(crate) mod projections;
pub(crate) mod scores;
