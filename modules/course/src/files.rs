//! A course as a folder of Markdown and YAML, an archive of one, or one piece of JSON: reading it, checking it,
//! taking it into a draft, and writing it; and drafts made of other courses and versions in the same way.

mod archive;
mod check;
mod drafts;
mod editors;
mod export;
mod folder;
mod head;
mod http;
mod matching;
mod report;
mod request;
mod service;
mod shape;
mod tree;
mod view;
mod yaml;

#[cfg(test)]
mod tests;

pub use editors::write_schemas;
pub(crate) use export::{export, write_assets};
pub use folder::CourseFiles;
pub(crate) use http::routes;
pub use report::{ImportError, ImportFault, ImportReport};
pub(crate) use service::Service;
pub(crate) use shape::{
    CodeSampleFile, CourseFile, ExerciseFile, LessonFile, LessonHead, SectionFile,
};
pub(crate) use shape::{ParsedAssets, ParsedCourse, ParsedLesson, ParsedSection};
