//! The tables of the module; only the store knows them.

pub(crate) mod catalogue;
pub(crate) mod catalogue_tag;
pub(crate) mod course;
pub(crate) mod course_version;
pub(crate) mod exercise;
pub(crate) mod lesson;
pub(crate) mod section;
pub(crate) mod staff;
pub(crate) mod submission;
pub(crate) mod version_exercise;
pub(crate) mod version_lesson;
