//! Sections and lessons.

use contracts::course::CompletionRule;
use kernel::{CourseId, LessonId, SectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::authoring::store::{LessonHead, LessonRecord, SectionRecord};
use crate::domain::{CodeSample, schema};

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SectionView {
    /// The section.
    pub(crate) id: SectionId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// Its position among the sections; only the order matters.
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
    /// Its position in the section; only the order matters.
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
    /// Its position in the section; only the order matters.
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
    /// What learners can do after it.
    #[schema(schema_with = schema::sentences)]
    pub(crate) objectives: Vec<String>,
    /// What to remember.
    #[schema(schema_with = schema::sentences)]
    pub(crate) key_points: Vec<String>,
    /// Sample programs.
    #[schema(max_items = 20)]
    pub(crate) code_samples: Vec<CodeSample>,
    /// The text in Markdown; absent when HTML was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100000)]
    pub(crate) content: Option<String>,
    /// The text as sanitised HTML; only when it was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000000)]
    pub(crate) content_html: Option<String>,
    /// Whether this is the draft.
    pub(crate) draft: bool,
    /// Of a draft, its ETag; else the number of the published version.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

impl From<SectionRecord> for SectionView {
    fn from(section: SectionRecord) -> Self {
        Self {
            id: section.id,
            course_id: section.course_id,
            position: section.position,
            title: section.body.title,
            summary: section.body.summary,
            draft: true,
            version: section.version,
        }
    }
}

impl From<LessonHead> for LessonSummary {
    fn from(lesson: LessonHead) -> Self {
        Self {
            id: lesson.id,
            course_id: lesson.course_id,
            section_id: lesson.section_id,
            position: lesson.position,
            title: lesson.title,
            minutes: lesson.minutes,
            completion: lesson.completion,
            draft: true,
            version: lesson.version,
        }
    }
}

impl From<LessonRecord> for LessonDetail {
    fn from(lesson: LessonRecord) -> Self {
        let body = lesson.body;
        Self {
            id: lesson.id,
            course_id: lesson.course_id,
            section_id: lesson.section_id,
            position: lesson.position,
            title: body.title,
            minutes: body.minutes,
            completion: body.completion,
            objectives: body.objectives,
            key_points: body.key_points,
            code_samples: body.code_samples,
            content: Some(body.content),
            content_html: None,
            draft: true,
            version: lesson.version,
        }
    }
}
