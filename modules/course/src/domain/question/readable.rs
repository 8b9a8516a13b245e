//! Answers in words, for those who read them beside their ids.

use super::{Answer, Ids, Question};

/// The answer as one would write it down: the texts in place of the ids. What has no text in `question` any more
/// keeps its id.
pub(crate) fn readable(question: &Question, answer: &Answer, ids: Ids<'_>) -> String {
    match answer {
        Answer::SingleChoice(given) => option(question, &given.choice, ids),
        Answer::MultipleChoice(given) => {
            let chosen = given.choices.iter();
            joined(chosen.map(|choice| option(question, choice, ids)))
        }
        Answer::TrueFalse(given) => given.value.to_string(),
        Answer::Numeric(given) => match &given.unit {
            Some(unit) => format!("{} {unit}", given.value),
            None => given.value.to_string(),
        },
        Answer::ShortText(given) => given.text.clone(),
        Answer::Ordering(given) => {
            let items = match question {
                Question::Ordering(ordering) => ordering.items.as_slice(),
                _ => &[],
            };
            let numbered = (1..).zip(&given.order);
            joined(
                numbered.map(|(place, id)| {
                    format!("{place}. {}", named(items.iter(), "item", id, ids))
                }),
            )
        }
        Answer::Matching(given) => {
            let pairs = match question {
                Question::Matching(matching) => matching.pairs.as_slice(),
                _ => &[],
            };
            joined(given.matches.iter().map(|pair| {
                let left = named(pairs.iter().map(|pair| &pair.left), "left", &pair.left, ids);
                let rights = pairs.iter().map(|pair| &pair.right);
                format!("{left} → {}", named(rights, "right", &pair.right, ids))
            }))
        }
        Answer::CodeOutput(given) => given.output.clone(),
        Answer::Cloze(given) => {
            let numbered = (1..).zip(&given.gaps);
            joined(numbered.map(|(place, text)| format!("{place}. {text}")))
        }
        Answer::Essay(given) => given.text.clone(),
        Answer::Code(given) => given.code.clone(),
    }
}

fn option(question: &Question, id: &str, ids: Ids<'_>) -> String {
    let options = match question {
        Question::SingleChoice(choices) | Question::MultipleChoice(choices) => {
            choices.options.as_slice()
        }
        _ => &[],
    };
    named(options.iter().map(|option| &option.text), "option", id, ids)
}

fn named<'t>(
    mut texts: impl Iterator<Item = &'t String>,
    side: &str,
    id: &str,
    ids: Ids<'_>,
) -> String {
    let found = texts.find(|text| ids.of(side, text) == id);
    found.map_or_else(|| id.to_owned(), String::clone)
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
