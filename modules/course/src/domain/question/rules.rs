//! What a question must keep beyond its schema.

use std::collections::HashSet;

use kernel::FieldFault;
use kernel::text::fold;

use super::{Choices, Question};

/// Every rule that `question` breaks, with pointers under `at`.
pub(crate) fn faults(question: &Question, at: &str) -> Vec<FieldFault> {
    match question {
        Question::SingleChoice(choices) => {
            let mut faults = doubled(texts(choices), |index| format!("{at}/options/{index}/text"));
            if right(choices) != 1 {
                faults.push(FieldFault::new(
                    format!("{at}/options"),
                    "correct_count",
                    "exactly one option must be correct",
                ));
            }
            faults
        }
        Question::MultipleChoice(choices) => {
            let mut faults = doubled(texts(choices), |index| format!("{at}/options/{index}/text"));
            if right(choices) == 0 {
                faults.push(FieldFault::new(
                    format!("{at}/options"),
                    "correct_count",
                    "at least one option must be correct",
                ));
            }
            faults
        }
        Question::Ordering(ordering) => {
            doubled(ordering.items.iter(), |index| format!("{at}/items/{index}"))
        }
        Question::Matching(matching) => {
            let mut faults = doubled(matching.pairs.iter().map(|pair| &pair.left), |index| {
                format!("{at}/pairs/{index}/left")
            });
            let rights: HashSet<_> = matching.pairs.iter().map(|pair| &pair.right).collect();
            if rights.len() < 2 {
                faults.push(FieldFault::new(
                    format!("{at}/pairs"),
                    "right_sides_equal",
                    "the pairs must have at least two different right sides",
                ));
            }
            faults
        }
        Question::ShortText(text) => text
            .accepted
            .iter()
            .enumerate()
            .filter(|(_, wording)| fold(wording).is_empty())
            .map(|(index, _)| {
                FieldFault::new(
                    format!("{at}/accepted/{index}"),
                    "blank",
                    "must contain at least one visible character",
                )
            })
            .collect(),
        Question::Numeric(numeric) => {
            let finite = numeric.value.is_finite() && numeric.tolerance.is_finite();
            if finite && numeric.tolerance >= 0.0 {
                return Vec::new();
            }
            vec![FieldFault::new(
                format!("{at}/value"),
                "finite",
                "value and tolerance must be finite numbers, and the tolerance not negative",
            )]
        }
        Question::TrueFalse(_) | Question::CodeOutput(_) => Vec::new(),
    }
}

fn texts(choices: &Choices) -> impl Iterator<Item = &String> {
    choices.options.iter().map(|option| &option.text)
}

fn right(choices: &Choices) -> usize {
    choices
        .options
        .iter()
        .filter(|option| option.correct)
        .count()
}

fn doubled<'t>(
    texts: impl Iterator<Item = &'t String>,
    at: impl Fn(usize) -> String,
) -> Vec<FieldFault> {
    let mut seen = HashSet::new();
    texts
        .enumerate()
        .filter(|(_, text)| !seen.insert(text.trim().to_owned()))
        .map(|(index, _)| FieldFault::new(at(index), "duplicate", "must differ from the others"))
        .collect()
}
