//! The settings of courses, and the waiting lists.

pub(crate) mod departures;
pub(crate) mod settings;
pub(crate) mod waiting;
