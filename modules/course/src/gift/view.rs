//! What became of questions, and what could not be taken over.

use kernel::ExerciseId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an import of GIFT has created, or with `dry_run` would create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct GiftImported {
    /// The exercises in their order.
    #[schema(max_items = 100)]
    pub(crate) exercises: Vec<GiftExercise>,
    /// What was not taken over, by line.
    #[schema(max_items = 1000)]
    pub(crate) remarks: Vec<GiftRemark>,
    /// Whether this was a dry run, which creates nothing.
    pub(crate) dry_run: bool,
}

/// An exercise that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct GiftExercise {
    /// The line of the file in which it begins.
    #[schema(minimum = 1)]
    pub(crate) line: usize,
    /// The exercise; absent in a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<ExerciseId>,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// The kind of its question.
    #[schema(max_length = 40, example = "single_choice")]
    pub(crate) kind: String,
}

/// Something of a file that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct GiftRemark {
    /// The line.
    #[schema(minimum = 1)]
    pub(crate) line: usize,
    /// What it is, and what is done instead.
    #[schema(max_length = 500)]
    pub(crate) message: String,
}

impl GiftRemark {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

/// The exercises of a draft in GIFT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GiftExport {
    /// The file: each lesson is a category.
    #[schema(max_length = 20_000_000)]
    pub(crate) text: String,
    /// The exercises that are not in it, or not whole.
    #[schema(max_items = 3000)]
    pub(crate) left_out: Vec<GiftLeftOut>,
}

/// An exercise of which something is not in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GiftLeftOut {
    /// The exercise.
    pub(crate) exercise_id: ExerciseId,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What is left out.
    #[schema(max_length = 500)]
    pub(crate) message: String,
}
