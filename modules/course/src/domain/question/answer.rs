//! What a learner answers.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::QuestionKind;
use crate::domain::schema;

/// An answer; its kind is that of the question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// One option.
    SingleChoice(OneChoice),
    /// Some options.
    MultipleChoice(ManyChoices),
    /// Whether the statement is true.
    TrueFalse(Truth),
    /// A number.
    Numeric(Number),
    /// A short text.
    ShortText(Words),
    /// Items in order.
    Ordering(Order),
    /// Matched pairs.
    Matching(Matches),
    /// The output of a program.
    CodeOutput(Output),
    /// The texts of the gaps.
    Cloze(Filled),
    /// A text.
    Essay(Text),
    /// A program.
    Code(Written),
}

/// The option that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneChoice {
    /// The id of the option.
    #[schema(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9_-]+$")]
    pub(crate) choice: String,
}

/// The options that were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManyChoices {
    /// The ids of the options.
    #[schema(schema_with = schema::item_ids)]
    pub(crate) choices: Vec<String>,
}

/// Whether the statement is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Truth {
    /// Whether it is true.
    pub(crate) value: bool,
}

/// A number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    /// The number.
    #[schema(minimum = -1e30, maximum = 1e30)]
    pub(crate) value: f64,
    /// Its unit, where the task has units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 20)]
    pub(crate) unit: Option<String>,
}

/// A short text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// The text.
    #[schema(max_length = 1000)]
    pub(crate) text: String,
}

/// The items in the order that the learner chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// The ids of all items.
    #[schema(schema_with = schema::item_ids)]
    pub(crate) order: Vec<String>,
}

/// The pairs that the learner matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matches {
    /// The pairs; a missing left side counts as wrong.
    #[schema(max_items = 12)]
    pub(crate) matches: Vec<Match>,
}

/// A pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MatchedPair)]
pub(crate) struct Match {
    /// The id of an item of the left side.
    #[schema(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9_-]+$")]
    pub(crate) left: String,
    /// The id of an item of the right side.
    #[schema(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9_-]+$")]
    pub(crate) right: String,
}

/// The output of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Output {
    /// The output.
    #[schema(max_length = 20000)]
    pub(crate) output: String,
}

/// The texts of the gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filled {
    /// A text for each gap, in the order of their numbers; an empty one counts as wrong.
    #[schema(schema_with = schema::gaps)]
    pub(crate) gaps: Vec<String>,
}

/// An essay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// The text, in Markdown.
    #[schema(max_length = 20000)]
    pub(crate) text: String,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// One of the languages of the task.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9+#-]+$")]
    pub(crate) language: String,
    /// The program.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) code: String,
}

impl Answer {
    pub(crate) fn kind(&self) -> QuestionKind {
        match self {
            Self::SingleChoice(_) => QuestionKind::SingleChoice,
            Self::MultipleChoice(_) => QuestionKind::MultipleChoice,
            Self::TrueFalse(_) => QuestionKind::TrueFalse,
            Self::Numeric(_) => QuestionKind::Numeric,
            Self::ShortText(_) => QuestionKind::ShortText,
            Self::Ordering(_) => QuestionKind::Ordering,
            Self::Matching(_) => QuestionKind::Matching,
            Self::CodeOutput(_) => QuestionKind::CodeOutput,
            Self::Cloze(_) => QuestionKind::Cloze,
            Self::Essay(_) => QuestionKind::Essay,
            Self::Code(_) => QuestionKind::Code,
        }
    }
}

impl PartialSchema for Answer {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(schema::of_kind::<OneChoice>("single_choice"))
            .item(schema::of_kind::<ManyChoices>("multiple_choice"))
            .item(schema::of_kind::<Truth>("true_false"))
            .item(schema::of_kind::<Number>("numeric"))
            .item(schema::of_kind::<Words>("short_text"))
            .item(schema::of_kind::<Order>("ordering"))
            .item(schema::of_kind::<Matches>("matching"))
            .item(schema::of_kind::<Output>("code_output"))
            .item(schema::of_kind::<Filled>("cloze"))
            .item(schema::of_kind::<Text>("essay"))
            .item(schema::of_kind::<Written>("code"))
            .description(Some("An answer of the kind of the question."))
            .into()
    }
}

impl ToSchema for Answer {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Match::name().into_owned(), Match::schema()));
    }
}
