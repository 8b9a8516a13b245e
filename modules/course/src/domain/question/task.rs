//! A question as a learner sees it: without anything that gives the answer away.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{ExerciseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{CodeLanguage, CodeTest, Criterion, Question};
use crate::domain::schema;

/// The task that a learner sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Task {
    /// Choose one.
    SingleChoice(Options),
    /// Choose all that are right.
    MultipleChoice(Options),
    /// Say whether the statement of the prompt holds.
    TrueFalse {},
    /// Give a number.
    Numeric(Units),
    /// Give a few words.
    ShortText {},
    /// Put the items in their order.
    Ordering(Items),
    /// Join what belongs together.
    Matching(Sides),
    /// Say what the program prints.
    CodeOutput(Program),
    /// Fill the gaps.
    Cloze(Gaps),
    /// Write a text.
    Essay(Topic),
    /// Write a program.
    Code(Assignment),
}

/// Something with an id to answer with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskItem)]
pub(crate) struct Item {
    /// Its id within the exercise.
    #[schema(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9_-]+$")]
    pub(crate) id: String,
    /// What it says, in Markdown.
    #[schema(max_length = 500)]
    pub(crate) text: String,
}

/// The options of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Options {
    /// The options.
    #[schema(max_items = 12)]
    pub(crate) options: Vec<Item>,
}

/// The items of an ordering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Items {
    /// The items, shuffled.
    #[schema(max_items = 12)]
    pub(crate) items: Vec<Item>,
}

/// The two sides of a matching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Sides {
    /// The left side.
    #[schema(max_items = 12)]
    pub(crate) left: Vec<Item>,
    /// The right side, shuffled.
    #[schema(max_items = 12)]
    pub(crate) right: Vec<Item>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Program {
    /// The language, in lower case as Markdown names it.
    #[schema(max_length = 40)]
    pub(crate) language: String,
    /// The program.
    #[schema(max_length = 20000)]
    pub(crate) code: String,
}

/// The units of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Units {
    /// The units, one of which the answer names; absent when it is a number without a unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = schema::units, required = false)]
    pub(crate) units: Vec<String>,
}

/// A text with gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Gaps {
    /// The text, in Markdown; `[[1]]` is the first gap.
    #[schema(max_length = 20000)]
    pub(crate) text: String,
    /// How many gaps it has.
    #[schema(minimum = 1, maximum = 30)]
    pub(crate) gaps: usize,
}

/// What an essay must keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Topic {
    /// The least words.
    #[schema(minimum = 0, maximum = 3000)]
    pub(crate) min_words: i32,
    /// The most words.
    #[schema(minimum = 1, maximum = 3000)]
    pub(crate) max_words: i32,
    /// What it is graded by.
    #[schema(max_items = 12)]
    pub(crate) rubric: Vec<Criterion>,
}

/// What a program must keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Assignment {
    /// The languages in which it may be written, and what to start with.
    #[schema(max_items = 10)]
    pub(crate) languages: Vec<CodeLanguage>,
    /// The tests that learners see.
    #[schema(max_items = 50)]
    pub(crate) tests: Vec<CodeTest>,
    /// How many tests there are that they do not see.
    #[schema(minimum = 0, maximum = 50)]
    pub(crate) hidden_tests: usize,
    /// How long each test may run, in milliseconds.
    #[schema(minimum = 1, maximum = 60000)]
    pub(crate) time_limit_ms: i32,
    /// The memory that each test may use, in MiB.
    #[schema(minimum = 1, maximum = 4096)]
    pub(crate) memory_limit_mib: i32,
    /// What it is graded by.
    #[schema(max_items = 12)]
    pub(crate) rubric: Vec<Criterion>,
}

/// Gives the parts of one exercise their ids. They depend on a secret of the course, so that
/// nobody can compute which id belongs to which place; they depend on the text, so that an
/// answer fits every version that says the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids<'a> {
    pub(crate) seed: &'a str,
    pub(crate) exercise: ExerciseId,
}

impl Ids<'_> {
    pub(crate) fn of(&self, side: &str, text: &str) -> String {
        let input = format!("{}\n{}\n{side}\n{text}", self.seed, self.exercise);
        let hash = digest(&SHA256, input.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..6])
    }

    fn item(&self, side: &str, text: &str) -> Item {
        Item {
            id: self.of(side, text),
            text: text.to_owned(),
        }
    }

    /// The items in an order of this learner that is never the given one.
    fn shuffled<'t>(
        &self,
        learner: UserId,
        side: &str,
        texts: impl Iterator<Item = &'t String>,
    ) -> Vec<Item> {
        let given: Vec<Item> = texts.map(|text| self.item(side, text)).collect();
        let mut shuffled = self.in_order_of(learner, given.clone());
        shuffled.dedup();
        if shuffled.len() >= 2 && shuffled == given {
            shuffled.rotate_left(1);
        }
        shuffled
    }

    /// It follows from the seed of the course, so that each reading has the same.
    fn in_order_of(&self, learner: UserId, mut items: Vec<Item>) -> Vec<Item> {
        items.sort_by_cached_key(|item| self.of(&learner.to_string(), &item.id));
        items
    }
}

/// What a learner may see of `question`.
pub(crate) fn task(question: &Question, ids: Ids<'_>, learner: UserId) -> Task {
    match question {
        Question::SingleChoice(choices) => Task::SingleChoice(Options {
            options: options(choices, ids, learner),
        }),
        Question::MultipleChoice(choices) => Task::MultipleChoice(Options {
            options: options(choices, ids, learner),
        }),
        Question::TrueFalse(_) => Task::TrueFalse {},
        Question::Numeric(numeric) => Task::Numeric(Units {
            units: numeric.units.iter().map(|u| u.symbol.clone()).collect(),
        }),
        Question::ShortText(_) => Task::ShortText {},
        Question::Ordering(ordering) => Task::Ordering(Items {
            items: ids.shuffled(learner, "item", ordering.items.iter()),
        }),
        Question::Matching(matching) => Task::Matching(Sides {
            left: matching
                .pairs
                .iter()
                .map(|pair| ids.item("left", &pair.left))
                .collect(),
            right: ids.shuffled(
                learner,
                "right",
                matching.pairs.iter().map(|pair| &pair.right),
            ),
        }),
        Question::CodeOutput(code) => Task::CodeOutput(Program {
            language: code.language.clone(),
            code: code.code.clone(),
        }),
        Question::Cloze(cloze) => Task::Cloze(Gaps {
            text: cloze.text.clone(),
            gaps: cloze.gaps.len(),
        }),
        Question::Essay(essay) => Task::Essay(Topic {
            min_words: essay.min_words,
            max_words: essay.max_words,
            rubric: essay.rubric.clone(),
        }),
        Question::Code(code) => {
            let shown = code.tests.iter().filter(|test| !test.hidden);
            let tests: Vec<CodeTest> = shown.cloned().collect();
            Task::Code(Assignment {
                languages: code.languages.clone(),
                hidden_tests: code.tests.len() - tests.len(),
                tests,
                time_limit_ms: code.time_limit_ms,
                memory_limit_mib: code.memory_limit_mib,
                rubric: code.rubric.clone(),
            })
        }
    }
}

fn options(choices: &super::Choices, ids: Ids<'_>, learner: UserId) -> Vec<Item> {
    let texts = choices.options.iter();
    let given = texts
        .map(|option| ids.item("option", &option.text))
        .collect();
    match choices.shuffle {
        true => ids.in_order_of(learner, given),
        false => given,
    }
}

struct Nothing;

impl PartialSchema for Nothing {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().into()
    }
}

impl PartialSchema for Task {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(schema::of_kind::<Options>("single_choice"))
            .item(schema::of_kind::<Options>("multiple_choice"))
            .item(schema::of_kind::<Nothing>("true_false"))
            .item(schema::of_kind::<Units>("numeric"))
            .item(schema::of_kind::<Nothing>("short_text"))
            .item(schema::of_kind::<Items>("ordering"))
            .item(schema::of_kind::<Sides>("matching"))
            .item(schema::of_kind::<Program>("code_output"))
            .item(schema::of_kind::<Gaps>("cloze"))
            .item(schema::of_kind::<Topic>("essay"))
            .item(schema::of_kind::<Assignment>("code"))
            .description(Some("The task that a learner sees."))
            .into()
    }
}

impl ToSchema for Task {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (name, schema) in [
            (Item::name(), Item::schema()),
            (Criterion::name(), Criterion::schema()),
            (CodeLanguage::name(), CodeLanguage::schema()),
            (CodeTest::name(), CodeTest::schema()),
        ] {
            schemas.push((name.into_owned(), schema));
        }
    }
}
