//! What a question must keep beyond its schema.

use std::collections::HashSet;

use kernel::FieldFault;

use super::{Choices, Cloze, Criterion, Numeric, Question, ShortText, Unit, formula};
use crate::domain::comparison::{Case, comparable};

/// Every rule that a question of an exercise breaks, with pointers under `at`.
pub(crate) fn faults(question: &Question, prompt: &str, points: i32, at: &str) -> Vec<FieldFault> {
    let mut faults = own_faults(question, at);
    faults.extend(rubric_faults(question, points, at));
    if let Question::Numeric(numeric) = question {
        faults.extend(formula::faults(numeric, prompt, at));
    }
    faults
}

fn own_faults(question: &Question, at: &str) -> Vec<FieldFault> {
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
        Question::ShortText(text) => blank_wordings(text, at),
        Question::Numeric(numeric) => of_numeric(numeric, at),
        Question::TrueFalse(_) | Question::CodeOutput(_) => Vec::new(),
        Question::Cloze(cloze) => of_cloze(cloze, at),
        Question::Essay(essay) if essay.min_words > essay.max_words => vec![FieldFault::new(
            format!("{at}/max_words"),
            "too_small",
            "must be at least min_words",
        )],
        Question::Essay(essay) => of_rubric(&essay.rubric, at),
        Question::Code(code) => {
            let languages = code.languages.iter().map(|one| &one.language);
            let mut faults = doubled(languages, |index| {
                format!("{at}/languages/{index}/language")
            });
            faults.extend(of_rubric(&code.rubric, at));
            faults
        }
    }
}

/// A rubric gives all points of its exercise, and no more.
fn rubric_faults(question: &Question, points: i32, at: &str) -> Vec<FieldFault> {
    let rubric = question.rubric();
    let sum: i64 = rubric.iter().map(|one| i64::from(one.points)).sum();
    if rubric.is_empty() || sum == i64::from(points) {
        return Vec::new();
    }
    let message = format!(
        "the points of its criteria are {sum} together, but those of the exercise are {points}; make them equal"
    );
    vec![FieldFault::new(format!("{at}/rubric"), "points", message)]
}

fn of_rubric(rubric: &[Criterion], at: &str) -> Vec<FieldFault> {
    let titles = rubric.iter().map(|criterion| &criterion.title);
    doubled(titles, |index| format!("{at}/rubric/{index}/title"))
}

fn blank_wordings(text: &ShortText, at: &str) -> Vec<FieldFault> {
    let wordings = text.accepted.iter().enumerate();
    let blank = wordings.filter(|(_, wording)| comparable(wording, Case::Ignored).is_empty());
    let faults = blank.map(|(index, _)| {
        FieldFault::new(
            format!("{at}/accepted/{index}"),
            "blank",
            "must contain at least one visible character",
        )
    });
    faults.collect()
}

fn of_numeric(numeric: &Numeric, at: &str) -> Vec<FieldFault> {
    let symbols = numeric.units.iter().map(|unit| &unit.symbol);
    let mut faults = doubled(symbols, |index| format!("{at}/units/{index}/symbol"));
    let finite = numeric.value.is_none_or(f64::is_finite) && numeric.tolerance.is_finite();
    if !finite || numeric.tolerance < 0.0 {
        faults.push(FieldFault::new(
            format!("{at}/value"),
            "finite",
            "value and tolerance must be finite numbers, and the tolerance not negative",
        ));
    }
    let mut units = numeric.units.iter();
    let own = |unit: &Unit| (unit.factor - 1.0).abs() < f64::EPSILON;
    if !numeric.units.is_empty() && !units.any(own) {
        faults.push(FieldFault::new(
            format!("{at}/units"),
            "base_missing",
            "one of the units must be that of value, with the factor 1",
        ));
    }
    faults
}

/// Each gap stands in the text once, and no other.
fn of_cloze(cloze: &Cloze, at: &str) -> Vec<FieldFault> {
    let gaps = cloze.gaps.iter().enumerate();
    let mut faults: Vec<FieldFault> = gaps
        .flat_map(|(index, gap)| blank_wordings(gap, &format!("{at}/gaps/{index}")))
        .collect();
    let mut places = cloze.places();
    places.sort_unstable();
    if !places.iter().copied().eq(1..=cloze.gaps.len()) {
        let message = format!(
            "must contain [[1]] to [[{}]], each once and without leading zeros, because there are so many gaps",
            cloze.gaps.len()
        );
        faults.push(FieldFault::new(format!("{at}/text"), "gaps", message));
    }
    faults
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

    use super::own_faults;

    fn places(question: Value) -> Vec<String> {
        let question = serde_json::from_value(question).unwrap();
        let faults = own_faults(&question, "/question").into_iter();
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

    #[test]
    fn each_gap_stands_in_its_text_once() {
        let gap = json!({ "accepted": ["x"] });
        let cloze = |text: &str, gaps: usize| json!({ "kind": "cloze", "text": text, "gaps": vec![gap.clone(); gaps] });
        assert_eq!(places(cloze("[[2]] and [[1]]", 2)), [""; 0]);
        for (text, gaps) in [
            ("[[1]]", 2),
            ("[[1]] [[1]]", 1),
            ("[[1]] [[3]]", 2),
            ("[[0]] [[1]]", 2),
            ("[[01]]", 1),
            ("[[1]] [[01]]", 1),
            ("[[1]] [[02]]", 2),
            ("none", 1),
        ] {
            assert_eq!(places(cloze(text, gaps)), ["/question/text"], "{text}");
        }
        let blank =
            json!({ "kind": "cloze", "text": "[[1]]", "gaps": [{ "accepted": ["\u{200B}"] }] });
        assert_eq!(places(blank), ["/question/gaps/0/accepted/0"]);
    }

    #[test]
    fn units_have_that_of_the_value_among_them() {
        let numeric = |units: Value| json!({ "kind": "numeric", "value": 1.5, "units": units });
        let (m, km) = (
            json!({ "symbol": "m", "factor": 1 }),
            json!({ "symbol": "km", "factor": 1000 }),
        );
        assert_eq!(places(numeric(json!([km, m]))), [""; 0]);
        assert_eq!(places(numeric(json!([km]))), ["/question/units"]);
        assert_eq!(places(numeric(json!([m, m]))), ["/question/units/1/symbol"]);
    }

    #[test]
    fn a_rubric_gives_all_points_of_its_exercise() {
        let rubric = json!([{ "title": "A", "points": 4 }, { "title": "B", "points": 6 }]);
        let question = json!({ "kind": "essay", "rubric": rubric });
        let question = serde_json::from_value(question).unwrap();
        let pointers = |points| {
            let faults = super::rubric_faults(&question, points, "/question");
            faults
                .into_iter()
                .map(|fault| fault.pointer)
                .collect::<Vec<_>>()
        };
        assert_eq!(pointers(10), [""; 0]);
        assert_eq!(pointers(9), ["/question/rubric"]);
        let doubled = json!([{ "title": "A", "points": 4 }, { "title": "A ", "points": 6 }]);
        let doubled = json!({ "kind": "essay", "rubric": doubled });
        assert_eq!(places(doubled), ["/question/rubric/1/title"]);
        let short = json!({ "kind": "essay", "min_words": 20, "max_words": 10 });
        assert_eq!(places(short), ["/question/max_words"]);
    }
}
