//! What a course is made of, in the one form that is kept, published, imported and exported.

use contracts::course::CompletionRule;
use kernel::{CourseId, SectionId};
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
    /// What it prints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) output: Option<String>,
}

/// A course without its address and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CourseBody {
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) difficulty: Difficulty,
    /// In which language it is written, by its canonical tag.
    pub(crate) language: String,
    /// Whom the course credits, who need not have an account.
    pub(crate) author_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) license: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<String>,
    /// The name of an asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cover: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) visibility: Visibility,
    /// The courses that have to be completed before this one is begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) prerequisites: Vec<CourseId>,
    /// The percentage of its points that an attempt after the first gives where attempts are not limited.
    pub(crate) retry_percent: i32,
}

/// The default of [`CourseBody::retry_percent`].
pub(crate) fn retry_percent() -> i32 {
    50
}

/// What the newest published version says of who may take a course, and what it is called where others refer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) title: String,
    pub(crate) visibility: Visibility,
    pub(crate) prerequisites: Vec<CourseId>,
}

impl Terms {
    pub(crate) fn of(body: &CourseBody) -> Self {
        Self {
            title: body.title.clone(),
            visibility: body.visibility,
            prerequisites: body.prerequisites.clone(),
        }
    }

    pub(crate) fn is_invite_only(&self) -> bool {
        self.visibility == Visibility::Invite
    }
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
    /// The percentage of the points that each hint costs; `None` when hints are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hint_cost: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<String>,
    pub(crate) pass_percent: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempts: Option<i32>,
    /// How long an attempt may take, in minutes; `None` when its time is not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time_limit: Option<i32>,
    /// How long to wait between attempts, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cooldown: Option<i32>,
    pub(crate) question: Question,
    /// What may be asked in the place of the prompt and the question; each attempt draws one of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) variants: Vec<Variant>,
    /// The objectives of its lesson that it tests, by their numbers from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) objectives: Vec<i32>,
}

impl ExerciseBody {
    /// Whether what is asked differs between attempts and learners.
    pub(crate) fn is_drawn(&self) -> bool {
        !self.variants.is_empty() || self.question.is_drawn()
    }
}

/// Another question of the same exercise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExerciseVariant)]
pub(crate) struct Variant {
    /// What is asked, in Markdown.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) prompt: String,
    /// Why the answer is what it is, in Markdown; that of the exercise when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) explanation: Option<String>,
    /// The question with its answer.
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
