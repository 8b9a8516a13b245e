//! A course as a folder of Markdown and YAML: reading it, checking it, taking it into a draft, and
//! writing it.

mod check;
mod drafts;
mod export;
mod folder;
mod head;
mod matching;
mod report;
mod service;
mod shape;
mod yaml;

#[cfg(test)]
mod tests;

pub(crate) use export::export;
pub use folder::CourseFiles;
pub use report::{ImportError, ImportFault, ImportReport};
pub(crate) use service::Service;
pub(crate) use shape::{CourseFile, ExerciseFile, LessonFile, SectionFile};
pub(crate) use shape::{ParsedCourse, ParsedLesson, ParsedSection};
