//! A question as a learner sees it: without anything that gives the answer away.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::ExerciseId;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Question;
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
    Numeric {},
    /// Give a few words.
    ShortText {},
    /// Put the items in their order.
    Ordering(Items),
    /// Join what belongs together.
    Matching(Sides),
    /// Say what the program prints.
    CodeOutput(Program),
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

    /// The items in an order that follows from their ids and is never the given one.
    fn shuffled<'t>(&self, side: &str, texts: impl Iterator<Item = &'t String>) -> Vec<Item> {
        let given: Vec<Item> = texts.map(|text| self.item(side, text)).collect();
        let mut shuffled = given.clone();
        shuffled.sort_by(|a, b| a.id.cmp(&b.id));
        shuffled.dedup();
        if shuffled.len() >= 2 && shuffled == given {
            shuffled.rotate_left(1);
        }
        shuffled
    }
}

/// What a learner may see of `question`.
pub(crate) fn task(question: &Question, ids: Ids<'_>) -> Task {
    match question {
        Question::SingleChoice(choices) => Task::SingleChoice(Options {
            options: options(choices, ids),
        }),
        Question::MultipleChoice(choices) => Task::MultipleChoice(Options {
            options: options(choices, ids),
        }),
        Question::TrueFalse(_) => Task::TrueFalse {},
        Question::Numeric(_) => Task::Numeric {},
        Question::ShortText(_) => Task::ShortText {},
        Question::Ordering(ordering) => Task::Ordering(Items {
            items: ids.shuffled("item", ordering.items.iter()),
        }),
        Question::Matching(matching) => Task::Matching(Sides {
            left: matching
                .pairs
                .iter()
                .map(|pair| ids.item("left", &pair.left))
                .collect(),
            right: ids.shuffled("right", matching.pairs.iter().map(|pair| &pair.right)),
        }),
        Question::CodeOutput(code) => Task::CodeOutput(Program {
            language: code.language.clone(),
            code: code.code.clone(),
        }),
    }
}

fn options(choices: &super::Choices, ids: Ids<'_>) -> Vec<Item> {
    let texts = choices.options.iter();
    texts
        .map(|option| ids.item("option", &option.text))
        .collect()
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
            .item(schema::of_kind::<Nothing>("numeric"))
            .item(schema::of_kind::<Nothing>("short_text"))
            .item(schema::of_kind::<Items>("ordering"))
            .item(schema::of_kind::<Sides>("matching"))
            .item(schema::of_kind::<Program>("code_output"))
            .description(Some("The task that a learner sees."))
            .into()
    }
}

impl ToSchema for Task {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Item::name().into_owned(), Item::schema()));
    }
}
