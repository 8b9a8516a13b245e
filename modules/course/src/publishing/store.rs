//! The tables of published versions: written once, read for ever.

pub(crate) mod draft;
pub(crate) mod parts;
pub(crate) mod referring;
pub(crate) mod schedules;
pub(crate) mod versions;

pub(crate) use parts::{VersionExercise, VersionLesson};
pub(crate) use versions::{VersionHead, VersionRecord};
