//! Grading: pure functions from a question and an answer to points.

mod decimal;

use std::collections::HashSet;

use kernel::FieldFault;
use kernel::text::fold;

use super::question::{Answer, Ids, Match, Question};
use super::rules::none_of;

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grade {
    pub(crate) score: i32,
    pub(crate) max_score: i32,
    pub(crate) passed: bool,
}

/// Grades `answer`.
///
/// # Errors
/// The faults of an answer that does not fit the question, with pointers under `/answer`.
pub(crate) fn grade(
    question: &Question,
    answer: &Answer,
    points: i32,
    pass_percent: i32,
    ids: Ids<'_>,
) -> Result<Grade, Vec<FieldFault>> {
    let (right, of) = share(question, answer, ids)?;
    let score = i64::from(points) * right / of.max(1);
    let score = i32::try_from(score).unwrap_or(0).clamp(0, points);
    Ok(Grade {
        score,
        max_score: points,
        passed: i64::from(score) * 100 >= i64::from(pass_percent) * i64::from(points),
    })
}

/// How much of the question is answered, as a fraction.
fn share(
    question: &Question,
    answer: &Answer,
    ids: Ids<'_>,
) -> Result<(i64, i64), Vec<FieldFault>> {
    match (question, answer) {
        (Question::SingleChoice(choices), Answer::SingleChoice(given)) => {
            let options = keyed(&choices.options, |option| ids.of("option", &option.text));
            let chosen = find(&options, &given.choice, "/answer/choice").map_err(|f| vec![f])?;
            Ok(all_or_nothing(chosen.correct))
        }
        (Question::MultipleChoice(choices), Answer::MultipleChoice(given)) => {
            let options = keyed(&choices.options, |option| ids.of("option", &option.text));
            let at = |index| format!("/answer/choices/{index}");
            known(&options, &given.choices, at)?;
            let chosen: HashSet<_> = given.choices.iter().collect();
            let right = |(id, option): &(String, _)| {
                let option: &&super::question::ChoiceOption = option;
                match (chosen.contains(id), option.correct) {
                    (true, true) => 1,
                    (true, false) => -1,
                    (false, _) => 0,
                }
            };
            let total: i64 = options.iter().map(right).sum();
            let of = choices.options.iter().filter(|option| option.correct);
            Ok((total.max(0), count(of.count())))
        }
        (Question::TrueFalse(statement), Answer::TrueFalse(given)) => {
            Ok(all_or_nothing(statement.correct == given.value))
        }
        (Question::Numeric(numeric), Answer::Numeric(given)) => {
            let right = decimal::within(numeric.value, given.value, numeric.tolerance);
            Ok(all_or_nothing(right))
        }
        (Question::ShortText(text), Answer::ShortText(given)) => {
            let same = |accepted: &String| {
                if text.case_sensitive {
                    blanks(accepted) == blanks(&given.text)
                } else {
                    fold(accepted) == fold(&given.text)
                }
            };
            Ok(all_or_nothing(text.accepted.iter().any(same)))
        }
        (Question::Ordering(ordering), Answer::Ordering(given)) => {
            let items = keyed(&ordering.items, |item| ids.of("item", item));
            known(&items, &given.order, |index| {
                format!("/answer/order/{index}")
            })?;
            let places = items.iter().zip(&given.order);
            let right = places.filter(|((id, _), given)| id == *given).count();
            Ok((count(right), count(items.len())))
        }
        (Question::Matching(matching), Answer::Matching(given)) => {
            let lefts = keyed(&matching.pairs, |pair| ids.of("left", &pair.left));
            let rights = keyed(&matching.pairs, |pair| ids.of("right", &pair.right));
            known(
                &lefts,
                given.matches.iter().map(|pair| &pair.left),
                |index| format!("/answer/matches/{index}/left"),
            )?;
            for (index, pair) in given.matches.iter().enumerate() {
                let at = format!("/answer/matches/{index}/right");
                find(&rights, &pair.right, &at).map_err(|fault| vec![fault])?;
            }
            let fits = |pair: &&Match| {
                let expected = lefts.iter().zip(&rights);
                expected
                    .into_iter()
                    .any(|((left, _), (right, _))| *left == pair.left && *right == pair.right)
            };
            let right = given.matches.iter().filter(fits).count();
            Ok((count(right), count(matching.pairs.len())))
        }
        (Question::CodeOutput(code), Answer::CodeOutput(given)) => {
            let same = lines(&code.expected) == lines(&given.output);
            Ok(all_or_nothing(same))
        }
        (question, _) => Err(vec![FieldFault::new(
            "/answer/kind",
            "kind",
            format!("must be {}, like the question", question.kind()),
        )]),
    }
}

fn all_or_nothing(right: bool) -> (i64, i64) {
    (i64::from(right), 1)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn keyed<T>(items: &[T], id: impl Fn(&T) -> String) -> Vec<(String, &T)> {
    items.iter().map(|item| (id(item), item)).collect()
}

fn find<'i, T>(items: &[(String, &'i T)], id: &str, at: &str) -> Result<&'i T, FieldFault> {
    let found = items.iter().find(|(known, _)| known == id);
    found.map(|(_, item)| *item).ok_or_else(|| {
        FieldFault::new(
            at,
            "unknown_id",
            "is not an ID of this exercise; get the exercise again",
        )
    })
}

/// Every id is one of `items`, and none comes twice.
fn known<'a, T>(
    items: &[(String, &T)],
    given: impl IntoIterator<Item = &'a String>,
    at: impl Fn(usize) -> String,
) -> Result<(), Vec<FieldFault>> {
    let mut seen = HashSet::new();
    let mut faults = Vec::new();
    for (index, id) in given.into_iter().enumerate() {
        if let Err(fault) = find(items, id, &at(index)) {
            faults.push(fault);
        } else if !seen.insert(id) {
            faults.push(FieldFault::new(
                at(index),
                "duplicate",
                "must not be given twice",
            ));
        }
    }
    none_of(faults)
}

fn blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests;
