//! What this module answers over HTTP.

mod courses;
mod exercises;
mod lessons;
mod submissions;
mod versions;

pub(crate) use courses::{Author, CourseDetail, CourseSummary, NamedCount, StaffView};
pub(crate) use exercises::{ExerciseDetail, ExerciseForLearner, ExerciseView, HintView};
pub(crate) use lessons::{LessonDetail, LessonSummary, SectionView};
pub(crate) use submissions::SubmissionView;
pub(crate) use versions::{
    CourseOutline, ExerciseLine, LessonLine, SectionLine, VersionDetail, VersionSummary,
};
