//! Settings, grades set by hand, and the best answers of several learners.

pub(super) mod grades;
pub(crate) mod overrides;
pub(super) mod settings;
