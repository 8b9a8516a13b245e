//! The tables of this module, one file each; only the store may use them.

pub(crate) mod achievement;
pub(crate) mod activity;
pub(crate) mod course;
pub(crate) mod course_outline;
pub(crate) mod early_grade;
pub(crate) mod enrollment;
pub(crate) mod exercise_progress;
pub(crate) mod forgotten;
pub(crate) mod learner;
pub(crate) mod lesson_progress;
pub(crate) mod outline_lesson;
pub(crate) mod score;
pub(crate) mod unlocked;
