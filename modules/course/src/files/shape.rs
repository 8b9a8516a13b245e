//! What stands in the files of a course.

use contracts::course::CompletionRule;
use kernel::{CourseId, ExerciseId, LessonId, SectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::content::{
    CodeSample, CourseBody, Difficulty, ExerciseBody, LessonBody, SectionBody, Visibility,
};
use crate::question::Question;
use crate::schema;

/// `course.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CourseFile {
    /// The version of the format.
    #[schema(minimum = 1, maximum = 1)]
    pub(crate) format: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<CourseId>,
    #[schema(min_length = 3, max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub(crate) slug: String,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[serde(default)]
    #[schema(max_length = 300)]
    pub(crate) summary: String,
    #[serde(default)]
    #[schema(max_length = 20000)]
    pub(crate) description: String,
    pub(crate) difficulty: Difficulty,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 60, format = "line")]
    pub(crate) category: Option<String>,
    #[serde(default)]
    #[schema(schema_with = schema::tags, required = false)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) visibility: Visibility,
}

/// `section.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<SectionId>,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[serde(default)]
    #[schema(max_length = 300)]
    pub(crate) summary: String,
}

/// The head of `lesson.md`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LessonFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<LessonId>,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[schema(minimum = 1, maximum = 600)]
    pub(crate) minutes: i32,
    pub(crate) completion: CompletionRule,
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    pub(crate) objectives: Vec<String>,
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    pub(crate) key_points: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(crate) code_samples: Vec<CodeSample>,
}

/// An entry of `exercises.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExerciseFile {
    #[schema(min_length = 1, max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub(crate) key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<ExerciseId>,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) prompt: String,
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) points: i32,
    #[serde(default)]
    #[schema(schema_with = schema::hints, required = false)]
    pub(crate) hints: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) explanation: Option<String>,
    #[serde(default = "all")]
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) pass_percent: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub(crate) attempts: Option<i32>,
    pub(crate) question: Question,
}

fn all() -> i32 {
    100
}

impl CourseFile {
    pub(crate) fn body(&self) -> CourseBody {
        CourseBody {
            title: self.title.clone(),
            summary: self.summary.clone(),
            description: self.description.clone(),
            difficulty: self.difficulty,
            category: self.category.clone(),
            tags: self.tags.clone(),
            visibility: self.visibility,
        }
    }
}

impl SectionFile {
    pub(crate) fn body(&self) -> SectionBody {
        SectionBody {
            title: self.title.clone(),
            summary: self.summary.clone(),
        }
    }
}

impl LessonFile {
    pub(crate) fn body(&self, content: &str) -> LessonBody {
        LessonBody {
            title: self.title.clone(),
            minutes: self.minutes,
            completion: self.completion,
            objectives: self.objectives.clone(),
            key_points: self.key_points.clone(),
            code_samples: self.code_samples.clone(),
            content: content.to_owned(),
        }
    }
}

impl ExerciseFile {
    pub(crate) fn body(&self) -> ExerciseBody {
        ExerciseBody {
            title: self.title.clone(),
            prompt: self.prompt.clone(),
            points: self.points,
            hints: self.hints.clone(),
            explanation: self.explanation.clone(),
            pass_percent: self.pass_percent,
            attempts: self.attempts,
            question: self.question.clone(),
        }
    }
}

/// The key that a folder such as `01-foundations` stands for.
pub(crate) fn folder_key(folder: &str) -> Option<&str> {
    let key = folder.trim_start_matches(|c: char| c.is_ascii_digit());
    let key = key.strip_prefix('-').unwrap_or(folder);
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    (key.len() <= 80 && key.split('-').all(word)).then_some(key)
}

/// YAML that [`super::parse`] reads back to the same value.
pub(crate) fn to_yaml<T: Serialize>(value: &T) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}
