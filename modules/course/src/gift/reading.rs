//! From GIFT to exercises.

use serde_json::{Value, json};

use super::block::Block;
use super::marks::{find, find_any, split, unescape};
use super::text::{Format, format_of, strip_tags, to_markdown};
use super::view::GiftRemark;

/// How many characters of a prompt make a title where none is given.
const TITLE: usize = 80;
/// How many answers are read of one question; each kind takes fewer.
const MAX_ANSWERS: usize = 50;
const GAP: &str = "[[1]]";
const BLANK: &str = "\\_\\_\\_\\_\\_";

/// A question as the body of a request that creates an exercise, or what is wrong with it.
#[derive(Debug)]
pub(super) struct Read {
    /// `None` for a text without answers.
    pub(super) exercise: Option<Value>,
    /// What is not taken over.
    pub(super) remarks: Vec<GiftRemark>,
}

/// What is read of one question.
struct Reader {
    line: usize,
    format: Format,
    remarks: Vec<GiftRemark>,
}

/// An answer behind `=` or `~`.
struct Item<'t> {
    right: bool,
    weight: Option<f64>,
    text: &'t str,
    feedback: Option<&'t str>,
}

/// Reads one question, whose exercise is worth `points`.
///
/// # Errors
/// What is wrong, and what to write instead.
pub(super) fn read(block: &Block, points: i32) -> Result<Read, String> {
    let (title, text) = title(block.text.trim())?;
    let (format, text) = format_of(text);
    let mut reader = Reader {
        line: block.line,
        format: format.unwrap_or(Format::Plain),
        remarks: Vec::new(),
    };
    let Some((before, rest)) = split(text, "{") else {
        reader.remark(
            "a text without answers in braces is left out; write {} behind it for an essay",
        );
        return Ok(Read {
            exercise: None,
            remarks: reader.remarks,
        });
    };
    let unclosed =
        "the brace { is not closed; write } behind the answers, and \\{ for a brace that is text";
    let (answers, after) = split(rest, "}").ok_or(unclosed)?;
    if find(after, "{").is_some() {
        return Err("has a second pair of braces; leave an empty line between two questions, and write \\{ for a brace that is text".to_owned());
    }
    let (answers, explanation) = match split(answers, "####") {
        Some((answers, feedback)) => (answers.trim(), Some(reader.markdown(feedback))),
        None => (answers.trim(), None),
    };
    let (before, after) = (reader.markdown(before), reader.markdown(after));
    let mut prompt = match after.is_empty() {
        true => before.clone(),
        false => format!("{before} {BLANK} {after}"),
    };
    let mut question = reader.question(answers)?;
    if !after.is_empty() && question["kind"] == "short_text" {
        let gap = json!({ "accepted": question["accepted"], "case_sensitive": false });
        question =
            json!({ "kind": "cloze", "text": format!("{before} {GAP} {after}"), "gaps": [gap] });
        "Fill in the blank.".clone_into(&mut prompt);
    }
    if prompt.is_empty() {
        return Err("has no text before the answers; write what is asked".to_owned());
    }
    let title = match title {
        Some(title) => unescape(title),
        None => shortened(&strip_tags(&unescape(&before_of(text)), reader.format)),
    };
    let mut exercise = json!({
        "title": title, "prompt": prompt, "points": points, "question": question,
    });
    if let Some(explanation) = explanation.filter(|text| !text.is_empty()) {
        exercise["explanation"] = json!(explanation);
    }
    Ok(Read {
        exercise: Some(exercise),
        remarks: reader.remarks,
    })
}

/// The title between two pairs of colons, and what follows.
fn title(text: &str) -> Result<(Option<&str>, &str), String> {
    let Some(rest) = text.strip_prefix("::") else {
        return Ok((None, text));
    };
    let unclosed = "the title is not closed; write :: behind it";
    let (title, rest) = split(rest, "::").ok_or(unclosed)?;
    Ok((Some(title), rest))
}

fn before_of(text: &str) -> String {
    let before = split(text, "{").map_or(text, |(before, _)| before);
    before.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= TITLE {
        return text.to_owned();
    }
    let cut: String = text.chars().take(TITLE - 1).collect();
    let words = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(words, _)| words);
    format!("{words}…")
}

impl Reader {
    fn remark(&mut self, message: impl Into<String>) {
        self.remarks.push(GiftRemark::new(self.line, message));
    }

    fn markdown(&mut self, text: &str) -> String {
        let (own, text) = format_of(text);
        let (markdown, unknown) = to_markdown(&unescape(text), own.unwrap_or(self.format));
        if !unknown.is_empty() {
            let tags = unknown.join(", ");
            self.remark(format!("HTML tags are left out: {tags}"));
        }
        markdown
    }

    fn question(&mut self, answers: &str) -> Result<Value, String> {
        if answers.is_empty() {
            return Ok(json!({ "kind": "essay" }));
        }
        if let Some(numbers) = answers.strip_prefix('#') {
            return self.numeric(numbers);
        }
        if let Some(correct) = self.truth(answers) {
            return Ok(json!({ "kind": "true_false", "correct": correct }));
        }
        let items = items(answers)?;
        let wrong = items.iter().any(|item| !item.right);
        let paired = items.iter().filter(|item| find(item.text, "->").is_some());
        match (wrong, paired.count()) {
            (true, _) => self.choice(&items),
            (false, 0) => self.short_text(&items),
            (false, _) => self.matching(&items),
        }
    }

    /// Whether `TRUE` or `FALSE` is right, perhaps with feedback.
    fn truth(&mut self, answers: &str) -> Option<bool> {
        let (word, feedback) = match split(answers, "#") {
            Some((word, feedback)) => (word.trim(), Some(feedback)),
            None => (answers, None),
        };
        let correct = match word.to_ascii_uppercase().as_str() {
            "T" | "TRUE" => true,
            "F" | "FALSE" => false,
            _ => return None,
        };
        if feedback.is_some() {
            self.remark(
                "the feedback of true and false is left out; write #### for an explanation",
            );
        }
        Some(correct)
    }

    fn choice(&mut self, items: &[Item<'_>]) -> Result<Value, String> {
        let rights = items.iter().filter(|item| item.right).count();
        if rights > 1 {
            return Err("has several right answers with =; write ~%50% and the like before each where several are to be chosen".to_owned());
        }
        let single = rights == 1;
        let is_correct = |item: &Item<'_>| match single {
            true => item.right,
            false => item.weight.is_some_and(|weight| weight > 0.0),
        };
        let partial =
            |item: &&Item<'_>| !item.right && item.weight.is_some_and(|weight| weight != 0.0);
        if single && items.iter().any(|item| partial(&item)) {
            self.remark("the percentages of wrong options are left out; one option is right");
        }
        let mut weights: Vec<_> = items
            .iter()
            .filter(|item| is_correct(item))
            .filter_map(|item| item.weight)
            .collect();
        weights.dedup();
        if !single && weights.len() > 1 {
            self.remark("the percentages are left out; all right options count alike");
        }
        let options: Vec<Value> = items
            .iter()
            .map(|item| {
                let mut option =
                    json!({ "text": self.markdown(item.text), "correct": is_correct(item) });
                let feedback = item.feedback.map(|feedback| self.markdown(feedback));
                if let Some(feedback) = feedback.filter(|text| !text.is_empty()) {
                    option["feedback"] = json!(feedback);
                }
                option
            })
            .collect();
        let kind = if single {
            "single_choice"
        } else {
            "multiple_choice"
        };
        Ok(json!({ "kind": kind, "options": options, "shuffle": true }))
    }

    fn short_text(&mut self, items: &[Item<'_>]) -> Result<Value, String> {
        let whole = |item: &&Item<'_>| item.weight.is_none_or(|weight| weight >= 100.0);
        let accepted: Vec<_> = items
            .iter()
            .filter(whole)
            .map(|item| unescape(item.text))
            .collect();
        if accepted.len() < items.len() {
            self.remark("answers for a part of the points are left out; they count as wrong");
        }
        self.without_feedback(items);
        match accepted.is_empty() {
            true => Err(
                "has no answer that gives all points; write one with = and no percentage"
                    .to_owned(),
            ),
            false => {
                Ok(json!({ "kind": "short_text", "accepted": accepted, "case_sensitive": false }))
            }
        }
    }

    fn matching(&mut self, items: &[Item<'_>]) -> Result<Value, String> {
        self.without_feedback(items);
        let mut pairs = Vec::new();
        for item in items {
            let Some((left, right)) = split(item.text, "->") else {
                return Err(
                    "has an answer without -> among pairs; write =left -> right for each"
                        .to_owned(),
                );
            };
            let (left, right) = (self.markdown(left), self.markdown(right));
            if left.is_empty() {
                self.remark("a right side without a left one is left out");
                continue;
            }
            pairs.push(json!({ "left": left, "right": right }));
        }
        Ok(json!({ "kind": "matching", "pairs": pairs }))
    }

    fn numeric(&mut self, numbers: &str) -> Result<Value, String> {
        let numbers = numbers.trim();
        let items = match numbers.starts_with(['=', '~']) {
            true => items(numbers)?,
            false => {
                let (text, feedback) = match split(numbers, "#") {
                    Some((text, feedback)) => (text, Some(feedback)),
                    None => (numbers, None),
                };
                vec![Item {
                    right: true,
                    weight: None,
                    text,
                    feedback,
                }]
            }
        };
        self.without_feedback(&items);
        let whole =
            |item: &&Item<'_>| item.right && item.weight.is_none_or(|weight| weight >= 100.0);
        let right = items.iter().find(whole);
        let right = right
            .ok_or("has no number that gives all points; write it with = and no percentage")?;
        if items.len() > 1 {
            self.remark("further numbers are left out; one number with its tolerance is right");
        }
        let (value, tolerance) = range(right.text.trim())?;
        Ok(json!({ "kind": "numeric", "value": value, "tolerance": tolerance }))
    }

    fn without_feedback(&mut self, items: &[Item<'_>]) {
        if items.iter().any(|item| item.feedback.is_some()) {
            self.remark(
                "feedback of answers is left out but for options; write #### for an explanation",
            );
        }
    }
}

/// The answers, each with its mark.
fn items(answers: &str) -> Result<Vec<Item<'_>>, String> {
    let mut items = Vec::new();
    let mut rest = answers;
    while !rest.is_empty() {
        if items.len() >= MAX_ANSWERS {
            return Err(format!(
                "has more than {MAX_ANSWERS} answers; leave some out"
            ));
        }
        let right =
            match rest.as_bytes()[0] {
                b'=' => true,
                b'~' => false,
                _ => return Err(
                    "has an answer without a mark; write = before a right and ~ before a wrong one"
                        .to_owned(),
                ),
            };
        rest = &rest[1..];
        let end = find_any(rest, &["=", "~"]).unwrap_or(rest.len());
        let (weight, text) = weight(rest[..end].trim());
        let (text, feedback) = match split(text, "#") {
            Some((text, feedback)) => (text, Some(feedback)),
            None => (text, None),
        };
        items.push(Item {
            right,
            weight,
            text: text.trim(),
            feedback,
        });
        rest = &rest[end..];
    }
    Ok(items)
}

/// The percentage before an answer, such as `%50%`; what only begins like one is text.
fn weight(text: &str) -> (Option<f64>, &str) {
    let percentage = text.strip_prefix('%').and_then(|rest| {
        let (number, rest) = rest.split_once('%')?;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
            && digits.chars().all(|one| one.is_ascii_digit() || one == '.');
        Some((number.parse().ok().filter(|_| is_number)?, rest))
    });
    percentage.map_or((None, text), |(weight, rest)| (Some(weight), rest))
}

/// A number with its tolerance: `3`, `3:0.5`, or `2.5..3.5`.
fn range(text: &str) -> Result<(f64, f64), String> {
    let number = |text: &str| {
        let parsed = unescape(text).parse::<f64>();
        parsed.ok().filter(|number| number.is_finite())
    };
    let parsed = if let Some((low, high)) = text.split_once("..") {
        let bounds = number(low).zip(number(high));
        bounds.map(|(low, high)| (f64::midpoint(low, high), (high - low).abs() / 2.0))
    } else if let Some((value, tolerance)) = split(text, ":") {
        number(value).zip(number(tolerance))
    } else {
        number(text).map(|value| (value, 0.0))
    };
    let shown: String = text.chars().take(50).collect();
    parsed.ok_or_else(|| {
        format!("{shown:?} is no number; write 3, 3:0.5 for a tolerance, or 2.5..3.5 for a range")
    })
}
