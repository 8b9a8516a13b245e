//! What a question must keep beyond its schema.

use std::collections::HashSet;

use kernel::FieldFault;

use super::{Choices, Question};
use crate::domain::comparison::{Case, comparable};

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
            faults.extend(doubled(
                matching.pairs.iter().map(|pair| &pair.right),
                |index| format!("{at}/pairs/{index}/right"),
            ));
            faults
        }
        Question::ShortText(text) => text
            .accepted
            .iter()
            .enumerate()
            .filter(|(_, wording)| comparable(wording, Case::Ignored).is_empty())
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

/// Texts that nobody could tell from one before them.
fn doubled<'t>(
    texts: impl Iterator<Item = &'t String>,
    at: impl Fn(usize) -> String,
) -> Vec<FieldFault> {
    let mut seen = HashSet::new();
    texts
        .enumerate()
        .filter(|(_, text)| !seen.insert(comparable(text, Case::Matters)))
        .map(|(index, _)| {
            let message = "looks like one before it: quotes, dashes, spaces, and invisible characters make no difference; change its words";
            FieldFault::new(at(index), "duplicate", message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::faults;

    fn places(question: Value) -> Vec<String> {
        let question = serde_json::from_value(question).unwrap();
        let faults = faults(&question, "/question").into_iter();
        faults.map(|fault| fault.pointer).collect()
    }

    #[test]
    fn texts_that_nobody_could_tell_apart_are_refused_at_the_second() {
        for (one, other) in [
            ("two  words", "two words"),
            ("a b", "a\u{A0}b"),
            ("it's", "it’s"),
            ("\u{E9}", "e\u{301}"),
        ] {
            let options = [one, "else", other].map(|text| json!({ "text": text }));
            let mut choice = json!({ "kind": "multiple_choice", "options": options });
            choice["options"][1]["correct"] = true.into();
            assert_eq!(places(choice), ["/question/options/2/text"], "{one}");
            let ordering = json!({ "kind": "ordering", "items": [one, "else", other] });
            assert_eq!(places(ordering), ["/question/items/2"], "{one}");
            let pair = |left, right| json!({ "left": left, "right": right });
            let lefts = [pair(one, "x"), pair("else", "y"), pair(other, "z")];
            let lefts = json!({ "kind": "matching", "pairs": lefts });
            assert_eq!(places(lefts), ["/question/pairs/2/left"], "{one}");
            let rights = [pair("x", one), pair("y", "else"), pair("z", other)];
            let rights = json!({ "kind": "matching", "pairs": rights });
            assert_eq!(places(rights), ["/question/pairs/2/right"], "{one}");
        }
        let cases = [
            json!({ "text": "Go", "correct": true }),
            json!({ "text": "go" }),
        ];
        let cases = json!({ "kind": "single_choice", "options": cases });
        assert_eq!(places(cases), [""; 0], "case tells options apart");
    }
}
