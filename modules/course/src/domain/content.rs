//! What a course is made of, in the one form that is kept, published, imported and exported.

use contracts::course::CompletionRule;
use kernel::SectionId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::course::{Difficulty, Visibility};
use super::question::Question;

/// A program that a lesson shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeSample {
    /// What it shows.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) title: String,
    /// The language, in lower case as Markdown names it.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9+#-]+$")]
    pub(crate) language: String,
    /// The program.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) code: String,
}

/// A course without its address and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CourseBody {
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) difficulty: Difficulty,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<String>,
    /// The name of an asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cover: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) visibility: Visibility,
    /// The percentage of its points that an attempt after the first gives where attempts are not limited.
    pub(crate) retry_percent: i32,
}

/// The default of [`CourseBody::retry_percent`].
pub(crate) fn retry_percent() -> i32 {
    50
}

/// A section without its lessons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SectionBody {
    pub(crate) title: String,
    pub(crate) summary: String,
}

/// A lesson without its exercises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LessonBody {
    pub(crate) title: String,
    pub(crate) minutes: i32,
    pub(crate) completion: CompletionRule,
    pub(crate) objectives: Vec<String>,
    pub(crate) key_points: Vec<String>,
    pub(crate) code_samples: Vec<CodeSample>,
    pub(crate) content: String,
}

/// An exercise with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExerciseBody {
    pub(crate) title: String,
    pub(crate) prompt: String,
    pub(crate) points: i32,
    pub(crate) hints: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<String>,
    pub(crate) pass_percent: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempts: Option<i32>,
    pub(crate) question: Question,
}

/// How many bytes of the bound of its course a part of a draft takes.
pub(crate) fn kept_bytes<T: Serialize>(body: &T) -> usize {
    serde_json::to_string(body).map_or(0, |kept| kept.len())
}

/// What a published version keeps beside its lessons and exercises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VersionMeta {
    pub(crate) course: CourseBody,
    pub(crate) sections: Vec<VersionSection>,
}

/// A section as it was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VersionSection {
    pub(crate) id: SectionId,
    pub(crate) body: SectionBody,
}
