//! The kinds of questions: the task and the solution, the same in the API, the storage and
//! the files of a course.

mod answer;
mod feedback;
mod formula;
mod kind;
mod open;
mod readable;
mod rules;
mod task;

pub(crate) use answer::{Answer, Match};
pub(crate) use feedback::{OptionFeedback, feedback};
pub(crate) use formula::{Formula, Parameter, placeholders};
pub(crate) use kind::{Grader, QuestionKind};
pub(crate) use open::{Cloze, Code, CodeLanguage, CodeTest, Criterion, Essay};
pub(crate) use readable::readable;
pub(crate) use rules::faults;
pub(crate) use task::{Ids, Task, task};

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::schema;

/// A question with its answer; learners never see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Question {
    /// One option is right.
    SingleChoice(Choices),
    /// At least one option is right.
    MultipleChoice(Choices),
    /// The statement in the prompt is true or false.
    TrueFalse(TrueFalse),
    /// A number.
    Numeric(Numeric),
    /// A short text.
    ShortText(ShortText),
    /// Items to put in order.
    Ordering(Ordering),
    /// Pairs to match.
    Matching(Matching),
    /// The output of a program.
    CodeOutput(CodeOutput),
    /// A text with gaps to fill.
    Cloze(Cloze),
    /// A text that the staff grades.
    Essay(Essay),
    /// A program that the staff grades.
    Code(Code),
}

/// The options of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choices {
    /// The options in the order in which they are shown.
    #[schema(min_items = 2, max_items = 12)]
    pub(crate) options: Vec<ChoiceOption>,
    /// Whether each learner gets the options in an order of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) shuffle: bool,
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceOption {
    /// What it says, in Markdown.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) text: String,
    /// Whether it is correct.
    #[serde(default)]
    pub(crate) correct: bool,
    /// What learners who choose it are told, in Markdown; of a multiple choice, when the explanation opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 2000)]
    pub(crate) feedback: Option<String>,
}

/// Whether the statement is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrueFalse {
    /// Whether it is true.
    pub(crate) correct: bool,
}

/// The expected number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Numeric {
    /// The correct number; absent where a formula gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = -1e30, maximum = 1e30)]
    pub(crate) value: Option<f64>,
    /// The correct number as a formula of the parameters, with `+ - * / ^`, parentheses, and functions such as
    /// `sqrt(a)`; a sign binds more strongly than `^`. It counts with twelve digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub(crate) formula: Option<String>,
    /// Numbers that each attempt draws anew; each stands in the prompt in double braces, such as `{{a}}`, and may
    /// stand in hints and in the explanation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 6)]
    pub(crate) parameters: Vec<Parameter>,
    /// How far off an answer may be; the edge counts as right, and all three numbers as they are
    /// written in decimals, up to 15 digits.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1e30)]
    pub(crate) tolerance: f64,
    /// What the tolerance is of.
    #[serde(default)]
    pub(crate) tolerance_kind: ToleranceKind,
    /// The units in which an answer may be given; one of them is that of `value` and has the factor 1. Empty: an
    /// answer is a number without a unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 12)]
    pub(crate) units: Vec<Unit>,
}

/// A unit in which a number may be given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NumericUnit)]
pub(crate) struct Unit {
    /// Its symbol, such as `km`.
    #[schema(min_length = 1, max_length = 20, format = "line")]
    pub(crate) symbol: String,
    /// How many of the unit of `value` it is: 1000 for `km` when `value` is in meters.
    #[schema(minimum = 1e-30, maximum = 1e30)]
    pub(crate) factor: f64,
}

/// What a tolerance is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ToleranceKind {
    /// A difference: 0.5 allows 9.5 to 10.5 for 10.
    #[default]
    Absolute,
    /// A share of the correct number: 0.05 allows 9.5 to 10.5 for 10.
    Relative,
}

/// The expected text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExpectedText)]
pub(crate) struct ShortText {
    /// All accepted texts. Variants of quotes, dashes and spaces are the same, and so are the ways of composing
    /// an accent; invisible characters, and spaces at the ends, are ignored.
    #[schema(schema_with = schema::wordings)]
    pub(crate) accepted: Vec<String>,
    /// Whether case matters.
    #[serde(default)]
    pub(crate) case_sensitive: bool,
}

/// The items to put in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ordering {
    /// The items in their correct order.
    #[schema(schema_with = schema::ordered)]
    pub(crate) items: Vec<String>,
}

/// The pairs to match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matching {
    /// The pairs.
    #[schema(min_items = 2, max_items = 12)]
    pub(crate) pairs: Vec<Pair>,
}

/// A matching pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MatchingPair)]
pub(crate) struct Pair {
    /// The left side, in Markdown.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) left: String,
    /// The right side, in Markdown.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) right: String,
}

/// A program and its output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeOutput {
    /// The language, in lower case, as in Markdown code blocks.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9+#-]+$")]
    pub(crate) language: String,
    /// The program.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) code: String,
    /// Its output; spaces at line ends and empty lines at the end are ignored.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) expected: String,
}

impl Question {
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

    /// Whether it differs between attempts.
    pub(crate) fn is_drawn(&self) -> bool {
        matches!(self, Self::Numeric(numeric) if numeric.formula.is_some())
    }

    /// The names of the numbers that are drawn anew for each attempt.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        let parameters = match self {
            Self::Numeric(numeric) => numeric.parameters.as_slice(),
            _ => &[],
        };
        parameters.iter().map(|parameter| parameter.name.as_str())
    }

    /// Whether the staff grades its answers.
    pub(crate) fn is_graded_by_staff(&self) -> bool {
        self.kind().grader() == Grader::Staff
    }

    /// What the staff grades an answer by, where they do not give the points as a whole.
    pub(crate) fn rubric(&self) -> &[Criterion] {
        match self {
            Self::Essay(essay) => &essay.rubric,
            Self::Code(code) => &code.rubric,
            _ => &[],
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
            .item(schema::of_kind::<Cloze>("cloze"))
            .item(schema::of_kind::<Essay>("essay"))
            .item(schema::of_kind::<Code>("code"))
            .description(Some("A question with its answer."))
            .into()
    }
}

impl ToSchema for Question {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (name, schema) in [
            (ChoiceOption::name(), ChoiceOption::schema()),
            (Pair::name(), Pair::schema()),
            (ToleranceKind::name(), ToleranceKind::schema()),
            (Parameter::name(), Parameter::schema()),
            (Unit::name(), Unit::schema()),
            (ShortText::name(), ShortText::schema()),
            (Criterion::name(), Criterion::schema()),
            (CodeLanguage::name(), CodeLanguage::schema()),
            (CodeTest::name(), CodeTest::schema()),
        ] {
            schemas.push((name.into_owned(), schema));
        }
    }
}
