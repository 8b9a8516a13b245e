//! What a course is and the rules that it keeps: pure types and functions without the
//! storage and HTTP.

pub(crate) mod asset;
pub(crate) mod bounds;
pub(crate) mod collation;
pub(crate) mod comparison;
pub(crate) mod content;
pub(crate) mod course;
pub(crate) mod difference;
pub(crate) mod draw;
pub(crate) mod grading;
pub(crate) mod language;
pub(crate) mod order;
pub(crate) mod paging;
pub(crate) mod policy;
pub(crate) mod question;
pub(crate) mod regrade;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod search;

pub(crate) use asset::{AssetKind, AssetName};
pub(crate) use content::{
    CodeSample, CourseBody, ExerciseBody, LessonBody, SectionBody, Terms, Variant, VersionMeta,
    VersionSection,
};
pub(crate) use course::{Difficulty, StaffRole, Status, Visibility};
pub(crate) use draw::Draw;
pub(crate) use grading::SubmissionState;
pub(crate) use order::{free_key, moved, next_position};
pub(crate) use policy::{CourseRole, Need, Refusal};
pub(crate) use question::{Answer, Ids, Question, Task};
pub(crate) use rules::{Checked, none_of, slug_faults};
pub(crate) use search::{CourseFilter, CourseOrder, SearchWord, search_text};

/// The name under which this module publishes its events.
pub(crate) const MODULE: &str = "course";
