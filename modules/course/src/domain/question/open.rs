//! Questions that are answered in the learner's own words: gaps of a text, an essay, a program.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ShortText;
use crate::domain::search::is_unspaced;

/// A text with gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cloze {
    /// The text, in Markdown. `[[1]]` is the first gap, `[[2]]` the second one, and so on; each stands in it once.
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) text: String,
    /// What belongs into each gap.
    #[schema(min_items = 1, max_items = 30)]
    pub(crate) gaps: Vec<ShortText>,
}

/// An essay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Essay {
    /// The least words of an answer.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 3000)]
    pub(crate) min_words: i32,
    /// The most words of an answer.
    #[serde(default = "most_words")]
    #[schema(minimum = 1, maximum = 3000)]
    pub(crate) max_words: i32,
    /// What it is graded by, for learners too; the points together are those of the exercise. Empty: the staff
    /// gives the points as a whole.
    #[serde(default)]
    #[schema(max_items = 12)]
    pub(crate) rubric: Vec<Criterion>,
}

/// What a part of the points is given for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RubricCriterion)]
pub(crate) struct Criterion {
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    /// What fulfills it, in Markdown.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub(crate) description: String,
    /// The points for fulfilling all of it.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) points: i32,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    /// The languages in which it may be written.
    #[schema(min_items = 1, max_items = 10)]
    pub(crate) languages: Vec<CodeLanguage>,
    /// What it is tested with.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) tests: Vec<CodeTest>,
    /// How long each test may run, in milliseconds.
    #[serde(default = "time_limit")]
    #[schema(minimum = 1, maximum = 60000)]
    pub(crate) time_limit_ms: i32,
    /// The memory that each test may use, in MiB.
    #[serde(default = "memory_limit")]
    #[schema(minimum = 1, maximum = 4096)]
    pub(crate) memory_limit_mib: i32,
    /// What it is graded by, for learners too; the points together are those of the exercise. Empty: the staff
    /// gives the points as a whole.
    #[serde(default)]
    #[schema(max_items = 12)]
    pub(crate) rubric: Vec<Criterion>,
}

/// A language in which a program may be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeLanguage {
    /// The language, in lower case, as in Markdown code blocks.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9+#-]+$")]
    pub(crate) language: String,
    /// The program with which learners start.
    #[serde(default)]
    #[schema(max_length = 20000)]
    pub(crate) starter: String,
}

/// What a program prints for an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeTest {
    /// What it tests.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    /// What the program reads.
    #[serde(default)]
    #[schema(max_length = 20000)]
    pub(crate) input: String,
    /// What it prints then.
    #[schema(max_length = 20000)]
    pub(crate) expected: String,
    /// Whether learners do not see it.
    #[serde(default)]
    pub(crate) hidden: bool,
}

fn most_words() -> i32 {
    1000
}

fn time_limit() -> i32 {
    2000
}

fn memory_limit() -> i32 {
    256
}

impl Cloze {
    /// The gaps that the text has, by their numbers, in the order of the text. One with leading zeros is 0, which is
    /// the number of no gap: `[[01]]` would be another text than `[[1]]` to whoever shows it.
    pub(crate) fn places(&self) -> Vec<usize> {
        let after = self.text.split("[[").skip(1);
        let inside = after.filter_map(|rest| rest.split_once("]]"));
        let numbers = inside.filter(|(inside, _)| inside.bytes().all(|b| b.is_ascii_digit()));
        numbers
            .filter_map(|(inside, _)| match inside.starts_with('0') {
                true => Some(0),
                false => inside.parse().ok(),
            })
            .collect()
    }
}

impl Essay {
    /// How many words an answer has. In scripts that put no blanks between words, each character counts.
    pub(crate) fn words(text: &str) -> usize {
        text.split_whitespace().map(words_of_piece).sum()
    }
}

fn words_of_piece(piece: &str) -> usize {
    let (mut words, mut inside) = (0, false);
    for letter in piece.chars() {
        let alone = is_unspaced(letter);
        words += usize::from(alone || !inside);
        inside = !alone;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{Cloze, Essay};

    #[test]
    fn words_are_counted_in_every_script() {
        for (text, words) in [
            ("", 0),
            (" \n ", 0),
            ("one  two\nthree", 3),
            ("it's e-mail", 2),
            ("学习编程", 4),
            ("学 go", 2),
            ("Go语言", 3),
            ("คำไทย", 5),
        ] {
            assert_eq!(Essay::words(text), words, "{text:?}");
        }
    }

    #[test]
    fn only_numbers_in_double_brackets_are_gaps() {
        let text =
            "A [[2]] and [[1]], but no [link], no [[wiki]], no `a[[0` and no [[]]".to_owned();
        let cloze = Cloze {
            text,
            gaps: Vec::new(),
        };
        assert_eq!(cloze.places(), [2, 1]);
        let text = "[[01]], [[001]], and [[10]]".to_owned();
        let gaps = Vec::new();
        assert_eq!(Cloze { text, gaps }.places(), [0, 0, 10]);
    }
}
