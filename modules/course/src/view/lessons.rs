//! Sections and lessons as the API shows them.

use contracts::course::CompletionRule;
use kernel::{CourseId, LessonId, SectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::content::CodeSample;
use crate::schema;

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SectionView {
    /// The section.
    pub(crate) id: SectionId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// Its place among the sections; only the order counts.
    #[schema(minimum = 1)]
    pub(crate) position: i32,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What it is about.
    #[schema(max_length = 300)]
    pub(crate) summary: String,
    /// Whether this is the draft.
    pub(crate) draft: bool,
    /// Of a draft, its ETag; else the number of the published version.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

/// A lesson in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LessonSummary {
    /// The lesson.
    pub(crate) id: LessonId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// Its section.
    pub(crate) section_id: SectionId,
    /// Its place in the section; only the order counts.
    #[schema(minimum = 1)]
    pub(crate) position: i32,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 600)]
    pub(crate) minutes: i32,
    /// When it is complete.
    pub(crate) completion: CompletionRule,
    /// Whether this is the draft.
    pub(crate) draft: bool,
    /// Of a draft, its ETag; else the number of the published version.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

/// A lesson with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LessonDetail {
    /// The lesson.
    pub(crate) id: LessonId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// Its section.
    pub(crate) section_id: SectionId,
    /// Its place in the section; only the order counts.
    #[schema(minimum = 1)]
    pub(crate) position: i32,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 600)]
    pub(crate) minutes: i32,
    /// When it is complete.
    pub(crate) completion: CompletionRule,
    /// What one can do after it.
    #[schema(schema_with = schema::sentences)]
    pub(crate) objectives: Vec<String>,
    /// What to keep in mind.
    #[schema(schema_with = schema::sentences)]
    pub(crate) key_points: Vec<String>,
    /// Programs to run.
    #[schema(max_items = 20)]
    pub(crate) code_samples: Vec<CodeSample>,
    /// The text in Markdown; absent when HTML was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100000)]
    pub(crate) content: Option<String>,
    /// The text as sanitised HTML; only when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000000)]
    pub(crate) content_html: Option<String>,
    /// Whether this is the draft.
    pub(crate) draft: bool,
    /// Of a draft, its ETag; else the number of the published version.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}
