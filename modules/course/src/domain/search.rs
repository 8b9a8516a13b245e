//! What a list of courses is searched for, and how it is sorted.

use std::collections::HashSet;

use kernel::text::fold;

use super::course::Difficulty;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct CourseFilter {
    /// What must occur in [`search_text`], each at the beginning of a word.
    pub(crate) words: Vec<String>,
    pub(crate) difficulty: Option<Difficulty>,
    pub(crate) category: Option<String>,
    pub(crate) tag: Option<String>,
}

/// How the list is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CourseOrder {
    #[default]
    Newest,
    TitleUp,
    TitleDown,
}

/// No word that somebody looks for is longer, in characters.
const LONGEST_WORD: usize = 40;
/// Characters of a script that puts no blanks between words, which are looked for in a row.
const LONGEST_RUN: usize = 10;
/// How many words of a query are looked for.
const MOST_WORDS: usize = 8;
/// What one course may add to the work of each search, in bytes.
const MOST_BYTES: usize = 8 * 1024;

/// The folded words of `texts`, each once and each behind a blank. A word is then found by its
/// beginning in one pass over the text, however alike the words are; where a query could begin
/// anywhere, its length would multiply that work.
pub(crate) fn search_text<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut seen = HashSet::new();
    for word in texts
        .into_iter()
        .flat_map(|part| words_of(part).collect::<Vec<_>>())
    {
        let new = is_run(&word) || seen.insert(word.clone());
        if new && text.len() + word.len() < MOST_BYTES {
            text.push(' ');
            text.push_str(&word);
        }
    }
    text
}

/// What of a query is looked for in [`search_text`]. A query of signs alone finds nothing, because
/// the text has none.
pub(crate) fn searched(query: &str) -> Vec<String> {
    let words = words_of(query).take(MOST_WORDS);
    let words: Vec<String> = words.map(|word| format!(" {word}")).collect();
    match query.split_whitespace().next() {
        Some(signs) if words.is_empty() => vec![signs.chars().take(LONGEST_WORD).collect()],
        _ => words,
    }
}

/// The words of a text, folded. The characters of a run stand apart, so that it can be found from
/// each of them.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in folded.chars() {
        let ends = !letter.is_alphanumeric() || is_run(&word) != is_unspaced(letter);
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.push(letter);
        }
    }
    words.push(word);
    words
        .into_iter()
        .filter(|word| !word.is_empty())
        .flat_map(|word| {
            let letters: Vec<char> = word.chars().collect();
            if !is_run(&word) {
                return vec![letters.into_iter().take(LONGEST_WORD).collect()];
            }
            let runs = letters.chunks(LONGEST_RUN);
            runs.map(|run| {
                run.iter()
                    .map(char::to_string)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
        })
}

/// Whether a word is of a script without blanks.
fn is_run(word: &str) -> bool {
    word.chars().next().is_some_and(is_unspaced)
}

/// Chinese, Japanese and Korean characters, and those of Thai, Lao, Burmese and Khmer.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, search_text, searched};

    fn finds(text: &str, query: &str) -> bool {
        let text = search_text([text]);
        searched(query).iter().all(|word| text.contains(word))
    }

    #[test]
    fn words_are_found_by_their_beginning_in_any_order() {
        for query in ["Rust", "begin rust", "RUST für", "node.js", "c++", ""] {
            assert!(finds("Rust für Beginner: C++, Node.js", query), "{query}");
        }
        for query in ["ust", "rust go", "%", "+"] {
            assert!(!finds("Rust für Beginner", query), "{query}");
        }
        for query in ["微積分", "積分", "入門"] {
            assert!(finds("微積分入門 (calculus)", query), "{query}");
        }
        assert!(!finds("微積分入門", "分積"));
    }

    #[test]
    fn what_a_search_goes_through_is_bounded_whatever_a_course_says() {
        let same = "a".repeat(20_000);
        assert_eq!(
            search_text([same.as_str(); 9]),
            format!(" {}", "a".repeat(40))
        );
        let many: String = (0..50_000).map(|number| format!("a{number} ")).collect();
        assert!(search_text([many.as_str()]).len() <= MOST_BYTES);
        let run = "積".repeat(50_000);
        assert!(search_text([run.as_str()]).len() <= MOST_BYTES);
        assert_eq!(searched(&"a ".repeat(100)).len(), 8);
        assert!(searched(&same).iter().all(|word| word.len() <= 41));
    }
}
