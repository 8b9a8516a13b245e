//! What a course is made of, in the one form that is kept, published, imported and exported.

use contracts::course::CompletionRule;
use kernel::SectionId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::question::Question;

/// How much a course asks of its learners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Difficulty {
    /// Nothing needs to be known before.
    Beginner,
    /// The basics are known.
    Intermediate,
    /// The field is known well.
    Advanced,
    /// For people who work in the field.
    Expert,
}

/// Whether the catalogue lists a course.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Visibility {
    /// Everybody finds it.
    #[default]
    Public,
    /// Those who know its address find it.
    Unlisted,
}

/// Where a course stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Never published: its staff alone sees it.
    Draft,
    /// Has a version that people read.
    Published,
    /// Has left the catalogue and takes no new learners.
    Archived,
}

/// What a person does in a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StaffRole {
    /// May do everything with the course.
    Owner,
    /// May change and publish it.
    CoInstructor,
    /// May read its draft and the answers of its learners.
    Assistant,
}

impl Difficulty {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
            Self::Expert => "expert",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [
            Self::Beginner,
            Self::Intermediate,
            Self::Advanced,
            Self::Expert,
        ]
        .into_iter()
        .find(|difficulty| difficulty.as_str() == word)
    }
}

impl Visibility {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
        }
    }
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Published, Self::Archived]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

impl StaffRole {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::CoInstructor => "co_instructor",
            Self::Assistant => "assistant",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Owner, Self::CoInstructor, Self::Assistant]
            .into_iter()
            .find(|role| role.as_str() == word)
    }
}

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
    pub(crate) tags: Vec<String>,
    pub(crate) visibility: Visibility,
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
