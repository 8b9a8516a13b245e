//! Drafts as their staff sees them, and the parts that published versions show alike.

mod courses;
mod exercises;
mod lessons;

pub(crate) use courses::{
    Author, CourseBatchResult, CourseDetail, DraftChangeResult, Prerequisite, StaffView,
};
pub(crate) use exercises::ExerciseDetail;
pub(crate) use lessons::{LessonDetail, LessonSummary, SectionView};
