//! The kinds of questions: what is asked and what is right, the same in the API, the storage and
//! the files of a course.

mod answer;
mod rules;
mod task;

pub(crate) use answer::{Answer, Match};
pub(crate) use rules::faults;
pub(crate) use task::{Ids, Task, task};

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::schema;

/// A question with its answer; learners never see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Question {
    /// One option is right.
    SingleChoice(Choices),
    /// At least one option is right.
    MultipleChoice(Choices),
    /// The statement of the prompt holds or not.
    TrueFalse(TrueFalse),
    /// A number.
    Numeric(Numeric),
    /// A few words.
    ShortText(ShortText),
    /// Things in their order.
    Ordering(Ordering),
    /// Things that belong together.
    Matching(Matching),
    /// What a program prints.
    CodeOutput(CodeOutput),
}

/// The options of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choices {
    /// The options in the order in which they are shown.
    #[schema(min_items = 2, max_items = 12)]
    pub(crate) options: Vec<ChoiceOption>,
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceOption {
    /// What it says, in Markdown.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) text: String,
    /// Whether it is right.
    #[serde(default)]
    pub(crate) correct: bool,
}

/// Whether the statement holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrueFalse {
    /// Whether it holds.
    pub(crate) correct: bool,
}

/// The number that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Numeric {
    /// The right number.
    #[schema(minimum = -1e15, maximum = 1e15)]
    pub(crate) value: f64,
    /// How far off an answer may be.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1e15)]
    pub(crate) tolerance: f64,
}

/// The words that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShortText {
    /// Every wording that counts; blanks at the ends and doubled blanks never matter.
    #[schema(schema_with = schema::wordings)]
    pub(crate) accepted: Vec<String>,
    /// Whether upper and lower case differ.
    #[serde(default)]
    pub(crate) case_sensitive: bool,
}

/// The things whose order is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ordering {
    /// The items in their right order.
    #[schema(schema_with = schema::ordered)]
    pub(crate) items: Vec<String>,
}

/// The things that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matching {
    /// The pairs.
    #[schema(min_items = 2, max_items = 12)]
    pub(crate) pairs: Vec<Pair>,
}

/// Two things that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    /// The one, in Markdown.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) left: String,
    /// The other, in Markdown.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) right: String,
}

/// A program and what it prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeOutput {
    /// The language, in lower case as Markdown names it.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9+#-]+$")]
    pub(crate) language: String,
    /// The program.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) code: String,
    /// What it prints; blanks at line ends and empty lines at the end never matter.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) expected: String,
}

impl Question {
    /// The word that stands for the kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::SingleChoice(_) => "single_choice",
            Self::MultipleChoice(_) => "multiple_choice",
            Self::TrueFalse(_) => "true_false",
            Self::Numeric(_) => "numeric",
            Self::ShortText(_) => "short_text",
            Self::Ordering(_) => "ordering",
            Self::Matching(_) => "matching",
            Self::CodeOutput(_) => "code_output",
        }
    }
}

impl PartialSchema for Question {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(schema::of_kind::<Choices>("single_choice"))
            .item(schema::of_kind::<Choices>("multiple_choice"))
            .item(schema::of_kind::<TrueFalse>("true_false"))
            .item(schema::of_kind::<Numeric>("numeric"))
            .item(schema::of_kind::<ShortText>("short_text"))
            .item(schema::of_kind::<Ordering>("ordering"))
            .item(schema::of_kind::<Matching>("matching"))
            .item(schema::of_kind::<CodeOutput>("code_output"))
            .description(Some("A question with its answer."))
            .into()
    }
}

impl ToSchema for Question {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (name, schema) in [
            (ChoiceOption::name(), ChoiceOption::schema()),
            (Pair::name(), Pair::schema()),
        ] {
            schemas.push((name.into_owned(), schema));
        }
    }
}
