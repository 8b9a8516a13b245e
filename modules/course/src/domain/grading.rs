//! Grading: pure functions from a question and an answer to points.

mod decimal;

use std::collections::HashSet;

use kernel::FieldFault;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use super::comparison::{Case, comparable};
use super::question::{
    Answer, Essay, Grader, Ids, Match, Question, ShortText, ToleranceKind, Unit,
};
use super::rules::none_of;

/// Whether an answer has its grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SubmissionState {
    /// It waits for the staff of the course.
    Queued,
    /// It has one.
    Graded,
}

/// What an answer gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grade {
    pub(crate) score: i32,
    pub(crate) max_score: i32,
    /// How much of the answer is right, rounded down.
    pub(crate) percent: i32,
    pub(crate) passed: bool,
}

/// What is not answered is not right.
pub(crate) fn nothing() -> Share {
    Share::all_or_nothing(false)
}

/// How many of the points that the staff gave, of all.
pub(crate) fn by_staff(score: i32, points: i32) -> Share {
    Share::new(i64::from(score), i64::from(points))
}

/// What an exercise gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Worth {
    pub(crate) points: i32,
    /// The percentage of an answer that must be right.
    pub(crate) pass_percent: i32,
    /// The percentage of the points that this attempt can give.
    pub(crate) attempt_percent: i32,
}

/// How much of an answer is right, as an exact fraction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    right: i64,
    of: i64,
}

impl Share {
    fn new(right: i64, of: i64) -> Self {
        let of = of.max(1);
        Self {
            right: right.clamp(0, of),
            of,
        }
    }

    fn all_or_nothing(right: bool) -> Self {
        Self::new(i64::from(right), 1)
    }

    /// The fraction decides whether an answer passes, whatever the points are.
    pub(crate) fn grade(self, worth: Worth) -> Grade {
        let Self { right, of } = self;
        let most = i64::from(worth.points) * i64::from(worth.attempt_percent);
        Grade {
            score: i32::try_from(most * right / (100 * of)).unwrap_or(0),
            max_score: worth.points,
            percent: i32::try_from(right * 100 / of).unwrap_or(0),
            passed: right * 100 >= i64::from(worth.pass_percent) * of,
        }
    }
}

/// How much of `answer` is right; `None` when the staff has to say so.
///
/// # Errors
/// The faults of an answer that does not fit the question, with pointers under `/answer`.
pub(crate) fn mark(
    question: &Question,
    answer: &Answer,
    ids: Ids<'_>,
) -> Result<Option<Share>, Vec<FieldFault>> {
    match question.kind().grader() {
        Grader::Machine => share(question, answer, ids).map(Some),
        Grader::Staff => match for_staff(question, answer) {
            Ok(()) => Ok(None),
            Err(fault) => Err(vec![fault]),
        },
    }
}

/// What is wrong with an answer before the staff reads it.
fn for_staff(question: &Question, answer: &Answer) -> Result<(), FieldFault> {
    match (question, answer) {
        (Question::Essay(essay), Answer::Essay(given)) => fitting_length(essay, &given.text),
        (Question::Code(code), Answer::Code(given)) => {
            let mut languages = code.languages.iter();
            if languages.any(|one| one.language == given.language) {
                return Ok(());
            }
            let message = "must be one of the languages of the task";
            Err(FieldFault::new(
                "/answer/language",
                "unknown_language",
                message,
            ))
        }
        (question, _) => Err(other_kind(question)),
    }
}

fn fitting_length(essay: &Essay, text: &str) -> Result<(), FieldFault> {
    let words = count(Essay::words(text));
    let (least, most) = (
        i64::from(essay.min_words).max(1),
        i64::from(essay.max_words),
    );
    if (least..=most).contains(&words) {
        return Ok(());
    }
    let message = format!("has {words} words, but must have at least {least} and at most {most}");
    Err(FieldFault::new("/answer/text", "word_count", message))
}

/// How many units of the expected number one unit of the answer is.
fn factor(units: &[Unit], given: Option<&str>) -> Result<f64, FieldFault> {
    let fault = |code, message| Err(FieldFault::new("/answer/unit", code, message));
    match given {
        None if units.is_empty() => Ok(1.0),
        None => fault("required", "must name one of the units of the task"),
        Some(given) => {
            let given = symbol(given);
            let mut units = units.iter();
            let known = units.find(|unit| symbol(&unit.symbol) == given);
            match known {
                Some(unit) => Ok(unit.factor),
                None => fault("unknown_unit", "must be one of the units of the task"),
            }
        }
    }
}

/// What a conversion may be off by because its factor was rounded, as a share of the number.
const ROUNDING: f64 = 1e-9;

fn is_one(factor: f64) -> bool {
    (factor - 1.0).abs() < f64::EPSILON
}

/// The form in which symbols of units are compared: both characters for micro are one, and blanks do not count.
fn symbol(text: &str) -> String {
    let plain = comparable(text, Case::Matters);
    plain.nfkc().filter(|letter| *letter != ' ').collect()
}

fn is_accepted(expected: &ShortText, given: &str) -> bool {
    let case = match expected.case_sensitive {
        true => Case::Matters,
        false => Case::Ignored,
    };
    let given = comparable(given, case);
    let mut accepted = expected.accepted.iter();
    accepted.any(|accepted| comparable(accepted, case) == given)
}

/// What is wrong with an answer of another kind than its question.
pub(crate) fn kind_fault(question: &Question, answer: &Answer) -> Option<FieldFault> {
    (question.kind() != answer.kind()).then(|| other_kind(question))
}

fn other_kind(question: &Question) -> FieldFault {
    let message = format!("must be {}, like the question", question.kind().word());
    FieldFault::new("/answer/kind", "kind", message)
}

/// What a machine can tell of an answer.
fn share(question: &Question, answer: &Answer, ids: Ids<'_>) -> Result<Share, Vec<FieldFault>> {
    match (question, answer) {
        (Question::SingleChoice(choices), Answer::SingleChoice(given)) => {
            let options = keyed(&choices.options, |option| ids.of("option", &option.text));
            let chosen = find(&options, &given.choice, "/answer/choice").map_err(|f| vec![f])?;
            Ok(Share::all_or_nothing(chosen.correct))
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
            Ok(Share::new(total, count(of.count())))
        }
        (Question::TrueFalse(statement), Answer::TrueFalse(given)) => {
            Ok(Share::all_or_nothing(statement.correct == given.value))
        }
        (Question::Numeric(numeric), Answer::Numeric(given)) => {
            let factor = factor(&numeric.units, given.unit.as_deref()).map_err(|f| vec![f])?;
            // What was not drawn has no correct number, and nothing is close to none.
            let wanted = numeric.value.unwrap_or(f64::NAN);
            let (given, by) = ((given.value, factor), numeric.tolerance);
            let right = match numeric.tolerance_kind {
                ToleranceKind::Absolute => decimal::within(wanted, given, by),
                ToleranceKind::Relative => decimal::within_share(wanted, given, by),
            };
            // A factor such as 1/3.6 is no finite decimal.
            let rounded = !is_one(factor) && decimal::within_share(wanted, given, ROUNDING);
            Ok(Share::all_or_nothing(right || rounded))
        }
        (Question::ShortText(text), Answer::ShortText(given)) => {
            Ok(Share::all_or_nothing(is_accepted(text, &given.text)))
        }
        (Question::Cloze(cloze), Answer::Cloze(given)) => {
            if given.gaps.len() != cloze.gaps.len() {
                let message = format!("must have a text for each of the {} gaps", cloze.gaps.len());
                return Err(vec![FieldFault::new("/answer/gaps", "count", message)]);
            }
            let filled = cloze.gaps.iter().zip(&given.gaps);
            let right = filled.filter(|(gap, text)| is_accepted(gap, text)).count();
            Ok(Share::new(count(right), count(cloze.gaps.len())))
        }
        (Question::Ordering(ordering), Answer::Ordering(given)) => {
            let items = keyed(&ordering.items, |item| ids.of("item", item));
            known(&items, &given.order, |index| {
                format!("/answer/order/{index}")
            })?;
            let places = items.iter().zip(&given.order);
            let right = places.filter(|((id, _), given)| id == *given).count();
            Ok(Share::new(count(right), count(items.len())))
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
            Ok(Share::new(count(right), count(matching.pairs.len())))
        }
        (Question::CodeOutput(code), Answer::CodeOutput(given)) => {
            let same = lines(&code.expected) == lines(&given.output);
            Ok(Share::all_or_nothing(same))
        }
        (question, _) => Err(vec![other_kind(question)]),
    }
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

fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests;
