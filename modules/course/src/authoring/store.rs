//! The tables of drafts: one statement per function; rows come and go as plain records.

pub(crate) mod courses;
pub(crate) mod exercises;
pub(crate) mod heads;
pub(crate) mod lessons;
mod rows;
pub(crate) mod sections;
pub(crate) mod staff;

pub(crate) use courses::CourseRecord;
pub(crate) use exercises::{ExerciseHead, ExerciseRecord};
pub(crate) use heads::CourseHead;
pub(crate) use lessons::{LessonHead, LessonRecord};
pub(crate) use sections::SectionRecord;
pub(crate) use staff::StaffRecord;
