//! From exercises to GIFT.

use std::fmt::Write;

use super::marks::escape;
use crate::domain::question::{Choices, Cloze, Matching, Numeric, ShortText, ToleranceKind};
use crate::domain::{ExerciseBody, Question};

/// A question in GIFT, and what of the exercise is not in it.
pub(super) struct Written {
    /// Empty when it cannot be written.
    pub(super) text: String,
    /// What is left out.
    pub(super) lacks: Option<&'static str>,
}

/// The line that begins the questions of a lesson.
pub(super) fn category(lesson: &str) -> String {
    // A slash would begin another category within it.
    format!("$CATEGORY: {}\n\n", lesson.replace('/', "//"))
}

/// Writes one exercise.
pub(super) fn write(exercise: &ExerciseBody) -> Written {
    let (answers, lacks) = match &exercise.question {
        Question::SingleChoice(choices) => (single(choices), None),
        Question::MultipleChoice(choices) => (multiple(choices), None),
        Question::TrueFalse(truth) => {
            let word = if truth.correct { "TRUE" } else { "FALSE" };
            (word.to_owned(), None)
        }
        Question::Numeric(numeric) => match number(numeric) {
            Some(number) => (number, lacks_of(numeric)),
            None => return unwritten("GIFT has no formulas"),
        },
        Question::ShortText(text) => {
            let case = "GIFT does not tell letter case apart";
            (accepted(text), text.case_sensitive.then_some(case))
        }
        Question::Matching(matching) => (pairs(matching), None),
        Question::Essay(essay) => {
            let rubric = "GIFT has no rubrics";
            (String::new(), (!essay.rubric.is_empty()).then_some(rubric))
        }
        Question::Cloze(cloze) => return of_cloze(exercise, cloze),
        Question::Ordering(_) => return unwritten("GIFT cannot put items in order"),
        Question::CodeOutput(_) | Question::Code(_) => {
            return unwritten("GIFT has no programs");
        }
    };
    let lacks = if exercise.variants.is_empty() {
        lacks
    } else {
        Some("GIFT has no variants; only the first question is in it")
    };
    let text = format!(
        "{}{{{answers}{}}}\n\n",
        head(exercise, &exercise.prompt),
        explanation(exercise)
    );
    Written { text, lacks }
}

fn unwritten(lacks: &'static str) -> Written {
    Written {
        text: String::new(),
        lacks: Some(lacks),
    }
}

fn head(exercise: &ExerciseBody, prompt: &str) -> String {
    format!(
        "::{}::[markdown]{} ",
        escape(&exercise.title),
        escape(prompt)
    )
}

fn explanation(exercise: &ExerciseBody) -> String {
    let explanation = exercise.explanation.as_deref().unwrap_or_default();
    match explanation.is_empty() {
        true => String::new(),
        false => format!("####{}", escape(explanation)),
    }
}

fn single(choices: &Choices) -> String {
    let mut answers = String::new();
    for option in &choices.options {
        let mark = if option.correct { '=' } else { '~' };
        push(
            &mut answers,
            &mark.to_string(),
            &option.text,
            option.feedback.as_deref(),
        );
    }
    answers
}

fn multiple(choices: &Choices) -> String {
    let rights = choices
        .options
        .iter()
        .filter(|option| option.correct)
        .count();
    // Moodle knows shares of five digits.
    let share = format!("{:.5}", 100.0 / rights.max(1) as f64);
    let share = share.trim_end_matches('0').trim_end_matches('.');
    let mut answers = String::new();
    for option in &choices.options {
        let mark = match option.correct {
            true => format!("~%{share}%"),
            false => "~%-100%".to_owned(),
        };
        push(
            &mut answers,
            &mark,
            &option.text,
            option.feedback.as_deref(),
        );
    }
    answers
}

fn push(answers: &mut String, mark: &str, text: &str, feedback: Option<&str>) {
    answers.push_str(mark);
    answers.push_str(&escape(text));
    if let Some(feedback) = feedback {
        answers.push('#');
        answers.push_str(&escape(feedback));
    }
    answers.push(' ');
}

fn number(numeric: &Numeric) -> Option<String> {
    let value = numeric.value?;
    let tolerance = match numeric.tolerance_kind {
        ToleranceKind::Absolute => numeric.tolerance,
        ToleranceKind::Relative => numeric.tolerance * value.abs(),
    };
    let mut answer = format!("#{value}");
    if tolerance > 0.0 {
        // Writing to a string does not fail.
        let _ = write!(answer, ":{tolerance}");
    }
    Some(answer)
}

fn lacks_of(numeric: &Numeric) -> Option<&'static str> {
    (!numeric.units.is_empty()).then_some("GIFT has no units")
}

fn accepted(text: &ShortText) -> String {
    let accepted = text.accepted.iter();
    accepted
        .map(|wording| format!("={} ", escape(wording)))
        .collect()
}

fn pairs(matching: &Matching) -> String {
    let pairs = matching.pairs.iter();
    pairs
        .map(|pair| format!("={} -> {} ", escape(&pair.left), escape(&pair.right)))
        .collect()
}

/// A gap stands where the answers stand.
fn of_cloze(exercise: &ExerciseBody, cloze: &Cloze) -> Written {
    let [gap] = cloze.gaps.as_slice() else {
        return unwritten("GIFT has one gap in a question");
    };
    let Some((before, after)) = cloze.text.split_once("[[1]]") else {
        return unwritten("GIFT has one gap in a question");
    };
    let (answers, explanation) = (accepted(gap), explanation(exercise));
    let text = format!(
        "{}{{{answers}{explanation}}} {}\n\n",
        head(exercise, before.trim_end()),
        escape(after.trim_start())
    );
    let prompt = "the prompt is left out; GIFT shows the text with the gap alone";
    Written {
        text,
        lacks: Some(prompt),
    }
}
