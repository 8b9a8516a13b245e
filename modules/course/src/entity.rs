//! The tables of the module; only stores use them.

pub(crate) mod asset;
pub(crate) mod blob;
pub(crate) mod catalogue;
pub(crate) mod catalogue_tag;
pub(crate) mod column;
pub(crate) mod course;
pub(crate) mod course_invitation;
pub(crate) mod course_version;
pub(crate) mod enrollment;
pub(crate) mod erased_user;
pub(crate) mod exercise;
pub(crate) mod lesson;
pub(crate) mod open_attempt;
pub(crate) mod redemption;
pub(crate) mod scheduled_publish;
pub(crate) mod search;
pub(crate) mod search_typo;
pub(crate) mod search_word;
pub(crate) mod section;
pub(crate) mod staff;
pub(crate) mod submission;
pub(crate) mod taken_hint;
pub(crate) mod version_asset;
pub(crate) mod version_exercise;
pub(crate) mod version_lesson;
