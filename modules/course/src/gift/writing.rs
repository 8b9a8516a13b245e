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
    pub(super) lacks: Vec<&'static str>,
}

/// The line that begins the questions of a lesson.
pub(super) fn category(lesson: &str) -> String {
    // A slash would begin another category within it.
    format!("$CATEGORY: {}\n\n", lesson.replace('/', "//"))
}

/// Writes one exercise.
pub(super) fn write(exercise: &ExerciseBody) -> Written {
    let mut lacks = lacks_of(exercise);
    let answers = match &exercise.question {
        Question::SingleChoice(choices) => {
            lacks.extend(order_of(choices));
            Ok(single(choices))
        }
        Question::MultipleChoice(choices) => {
            lacks.extend(order_of(choices));
            Ok(multiple(choices))
        }
        Question::TrueFalse(truth) => Ok(if truth.correct { "TRUE" } else { "FALSE" }.to_owned()),
        Question::Numeric(numeric) => {
            lacks.extend((!numeric.units.is_empty()).then_some("GIFT has no units"));
            number(numeric).ok_or("GIFT has no formulas")
        }
        Question::ShortText(text) => {
            lacks.extend(case_of(text));
            accepted(text)
        }
        Question::Matching(matching) => pairs(matching),
        Question::Essay(essay) => {
            lacks.extend((!essay.rubric.is_empty()).then_some("GIFT has no rubrics"));
            Ok(String::new())
        }
        Question::Cloze(cloze) => return of_cloze(exercise, cloze, lacks),
        Question::Ordering(_) => Err("GIFT cannot put items in order"),
        Question::CodeOutput(_) | Question::Code(_) => Err("GIFT has no programs"),
    };
    let text = answers.map(|answers| {
        let (head, explanation) = (head(exercise, &exercise.prompt), explanation(exercise));
        format!("{head}{{{answers}{explanation}}}\n\n")
    });
    written(text, lacks)
}

fn written(text: Result<String, &'static str>, lacks: Vec<&'static str>) -> Written {
    match text {
        Ok(text) => Written { text, lacks },
        Err(why) => Written {
            text: String::new(),
            lacks: vec![why],
        },
    }
}

/// What GIFT has no form for, whatever the question.
fn lacks_of(exercise: &ExerciseBody) -> Vec<&'static str> {
    let mut lacks = Vec::new();
    if !exercise.variants.is_empty() {
        lacks.push("GIFT has no variants; only the first question is in it");
    }
    if !exercise.hints.is_empty() {
        lacks.push("GIFT has no hints");
    }
    let limits = [exercise.attempts, exercise.time_limit, exercise.cooldown];
    if limits.iter().any(Option::is_some) || exercise.pass_percent < 100 {
        lacks.push("GIFT has no limits of attempts and time, and no pass mark");
    }
    lacks
}

fn order_of(choices: &Choices) -> Option<&'static str> {
    (!choices.shuffle).then_some("an import shuffles the options")
}

fn case_of(text: &ShortText) -> Option<&'static str> {
    text.case_sensitive
        .then_some("GIFT answers are not case-sensitive")
}

fn head(exercise: &ExerciseBody, prompt: &str) -> String {
    // Blanks at its beginning may mean something in Markdown, and would be lost.
    let begins = if prompt.starts_with(char::is_whitespace) {
        "\\n"
    } else {
        ""
    };
    format!(
        "::{}::[markdown]{begins}{} ",
        escape(&exercise.title),
        escape(prompt)
    )
}

fn explanation(exercise: &ExerciseBody) -> String {
    let explanation = exercise.explanation.as_deref().unwrap_or_default();
    match explanation.is_empty() {
        true => String::new(),
        false => format!("####{}", markdown(explanation)),
    }
}

/// A text in Markdown behind a mark, where what looks like a format would be taken for one.
fn markdown(text: &str) -> String {
    let begins = if text.starts_with('[') {
        "[markdown]"
    } else {
        ""
    };
    format!("{begins}{}", escape(text))
}

fn single(choices: &Choices) -> String {
    let mut answers = String::new();
    for option in &choices.options {
        let (mark, weight) = if option.correct {
            ("=", "%100%")
        } else {
            ("~", "%0%")
        };
        // Otherwise its own percent sign could be taken for a percentage.
        let weight = if option.text.starts_with('%') {
            weight
        } else {
            ""
        };
        let mark = format!("{mark}{weight}");
        push(
            &mut answers,
            &mark,
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
    answers.push_str(&markdown(text));
    if let Some(feedback) = feedback {
        answers.push('#');
        answers.push_str(&markdown(feedback));
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

fn accepted(text: &ShortText) -> Result<String, &'static str> {
    let mut answers = String::new();
    for wording in &text.accepted {
        if wording.contains("->") {
            return Err("GIFT cannot write -> in a short answer");
        }
        let weight = if wording.starts_with('%') {
            "%100%"
        } else {
            ""
        };
        let _ = write!(answers, "={weight}{} ", escape(wording));
    }
    Ok(answers)
}

fn pairs(matching: &Matching) -> Result<String, &'static str> {
    let mut answers = String::new();
    for pair in &matching.pairs {
        if pair.left.contains("->") || pair.right.contains("->") {
            return Err("GIFT cannot write -> in a pair");
        }
        let weight = if pair.left.starts_with('%') {
            "%100%"
        } else {
            ""
        };
        let (left, right) = (markdown(&pair.left), markdown(&pair.right));
        let _ = write!(answers, "={weight}{left} -> {right} ");
    }
    Ok(answers)
}

/// A gap stands where the answers stand.
fn of_cloze(exercise: &ExerciseBody, cloze: &Cloze, mut lacks: Vec<&'static str>) -> Written {
    let several = "GIFT has one gap in a question";
    let ([gap], Some((before, after))) = (cloze.gaps.as_slice(), cloze.text.split_once("[[1]]"))
    else {
        return written(Err(several), lacks);
    };
    lacks.extend(case_of(gap));
    lacks.push("the prompt is left out; GIFT shows the text with the gap alone");
    if after.trim().is_empty() {
        lacks.push("an import takes a gap at the end for a short answer");
    }
    let text = accepted(gap).map(|answers| {
        let (head, explanation) = (head(exercise, before.trim_end()), explanation(exercise));
        format!(
            "{head}{{{answers}{explanation}}} {}\n\n",
            escape(after.trim_start())
        )
    });
    written(text, lacks)
}
