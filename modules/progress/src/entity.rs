//! The tables of this module, one file each; only the stores use them.

pub(crate) mod achievement;
pub(crate) mod achievement_evaluation;
pub(crate) mod activity;
pub(crate) mod analytics_count;
pub(crate) mod certificate;
pub(crate) mod course;
pub(crate) mod course_outline;
pub(crate) mod course_tag;
pub(crate) mod course_upgrade;
pub(crate) mod earned_achievement;
pub(crate) mod enrollment;
pub(crate) mod erased_user;
pub(crate) mod exercise_progress;
pub(crate) mod grade_override;
pub(crate) mod gradebook;
pub(crate) mod learner;
pub(crate) mod lesson_progress;
pub(crate) mod outline_lesson;
pub(crate) mod pending_grade;
pub(crate) mod score;
pub(crate) mod score_count;
pub(crate) mod version_announcement;
pub(crate) mod zone_change;
