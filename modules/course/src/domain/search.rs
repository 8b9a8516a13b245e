//! What a list of courses is searched for, and how it is sorted.

mod highlight;

pub(crate) use highlight::marked;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::comparison::{Case, comparable};
use super::content::CourseBody;
use super::course::Difficulty;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct CourseFilter {
    /// What must occur, each of them.
    pub(crate) words: Vec<SearchWord>,
    pub(crate) difficulty: Option<Difficulty>,
    /// A canonical tag; longer ones that begin with it fit too (RFC 4647, section 3.3.1).
    pub(crate) language: Option<String>,
    /// Whatever its letter case is.
    pub(crate) category: Option<String>,
    pub(crate) tag: Option<String>,
}

impl CourseFilter {
    pub(crate) fn of(
        query: Option<&str>,
        difficulty: Option<Difficulty>,
        language: Option<String>,
        category: Option<&String>,
        tag: Option<&String>,
    ) -> Self {
        Self {
            words: searched(query.unwrap_or_default()),
            difficulty,
            language,
            category: category.cloned(),
            tag: tag.cloned(),
        }
    }
}

/// How the list is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CourseOrder {
    #[default]
    Newest,
    /// What fits the words best comes first; without words, the newest.
    Relevance,
    TitleUp,
    TitleDown,
}

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchWord {
    pub(crate) word: String,
    /// Whether a longer word that begins like it is none: `go` is not Google.
    pub(crate) whole: bool,
}

impl SearchWord {
    pub(crate) fn fits(&self, word: &str) -> bool {
        match self.whole {
            true => word == self.word,
            false => word.starts_with(&self.word),
        }
    }

    /// Whether a word with one typo counts too.
    pub(crate) fn forgives(&self) -> bool {
        !self.whole && self.word.chars().count() >= FORGIVEN
    }
}

/// Whether a word can be meant by one that forgives a typo, such as a letter too many.
pub(crate) fn is_forgiven(word: &str) -> bool {
    word.chars().count() + 1 >= FORGIVEN
}

/// No word is longer, in characters.
const LONGEST_WORD: usize = 40;
/// How many words of a query are looked for.
const MOST_WORDS: usize = 8;
/// How many words of a course are found.
const MOST_INDEXED: usize = 20_000;
const FORGIVEN: usize = 5;

/// What a word is worth by where it stands.
pub(crate) const IN_TITLE: i32 = 100;
const IN_SUMMARY: i32 = 30;
/// Words that stand at least here are found by their beginning, and forgive a typo. An index of the table has this
/// number too.
pub(crate) const IN_LESSON_TITLE: i32 = 10;
const IN_TEXT: i32 = 3;

/// A word of a text with its parts: `node.js` is found by `js` as well.
#[derive(Debug, Default, PartialEq, Eq)]
struct Token {
    whole: String,
    parts: Vec<String>,
    part: String,
    /// Of a script that puts no blanks between words.
    run: bool,
}

/// All words of a course, each with what it is worth where it stands best.
pub(crate) fn indexed<'t>(
    course: &'t CourseBody,
    lesson_titles: &'t [String],
    texts: impl Iterator<Item = &'t str>,
) -> BTreeMap<String, i32> {
    let mut all = BTreeMap::new();
    let mut add = |text: &str, points: i32| {
        for word in words(text) {
            if all.len() < MOST_INDEXED || all.contains_key(&word) {
                let best = all.entry(word).or_insert(points);
                *best = points.max(*best);
            }
        }
    };
    add(&course.title, IN_TITLE);
    add(&course.summary, IN_SUMMARY);
    for text in course.tags.iter().chain(&course.category) {
        add(text, IN_SUMMARY);
    }
    add(&course.description, IN_LESSON_TITLE);
    for title in lesson_titles {
        add(title, IN_LESSON_TITLE);
    }
    for text in texts {
        add(text, IN_TEXT);
    }
    all
}

/// The words of short texts, each once, with a blank before and behind each.
pub(crate) fn search_text<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut seen = HashSet::new();
    let all = texts.into_iter().flat_map(words);
    let once: Vec<String> = all.filter(|word| seen.insert(word.clone())).collect();
    format!(" {} ", once.join(" "))
}

/// Everything by which a text is found.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for token in tokens(text) {
        if token.run {
            let letters: Vec<char> = token.whole.chars().collect();
            all.extend(letters.iter().map(char::to_string));
            all.extend(letters.windows(2).map(|pair| pair.iter().collect()));
        } else {
            all.extend(token.parts);
            all.push(token.whole);
        }
    }
    all
}

/// What a query looks for.
pub(crate) fn searched(query: &str) -> Vec<SearchWord> {
    let mut wanted: Vec<SearchWord> = Vec::new();
    let mut add = |word: String, whole: bool| {
        let word = SearchWord { word, whole };
        if !wanted.contains(&word) && wanted.len() < MOST_WORDS {
            wanted.push(word);
        }
    };
    for token in tokens(query) {
        let letters: Vec<char> = token.whole.chars().collect();
        match (token.run, letters.len()) {
            (true, 1) => add(token.whole, true),
            (true, _) => {
                for pair in letters.windows(2) {
                    add(pair.iter().collect(), true);
                }
            }
            (false, length) => add(token.whole, length <= 2),
        }
    }
    // A query of signs alone finds nothing, because no text has them as words.
    if wanted.is_empty() && !query.trim().is_empty() {
        wanted.push(SearchWord {
            word: "?".to_owned(),
            whole: true,
        });
    }
    wanted
}

fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = folded(text).chars().collect();
    let at = |index: Option<usize>| index.and_then(|i| letters.get(i)).copied().unwrap_or(' ');
    let (mut tokens, mut token) = (Vec::new(), Token::default());
    for (index, letter) in letters.iter().copied().enumerate() {
        let (before, behind) = (at(index.checked_sub(1)), at(Some(index + 1)));
        let inside = before.is_alphanumeric() && behind.is_alphanumeric();
        match letter {
            _ if is_unspaced(letter) => {
                if !token.run {
                    token.end(&mut tokens);
                }
                token.run = true;
                token.whole.push(letter);
            }
            _ if letter.is_alphanumeric() => {
                if token.run {
                    token.end(&mut tokens);
                }
                token.whole.push(letter);
                token.part.push(letter);
            }
            // it's, e-mail
            '\'' | '-' if inside && !token.run => token.end_part(),
            // Node.js, snake_case
            '.' | '_' if inside && !token.run => {
                token.whole.push(letter);
                token.end_part();
            }
            // C++, C#, F#
            '+' | '#' if token.takes_sign(letter, before, behind) => {
                token.whole.push(letter);
                token.part.clear();
            }
            // .NET
            '.' if !before.is_alphanumeric() && before != '.' && behind.is_alphanumeric() => {
                token.end(&mut tokens);
                token.whole.push(letter);
                token.end_part();
            }
            _ => token.end(&mut tokens),
        }
    }
    token.end(&mut tokens);
    tokens
}

impl Token {
    fn takes_sign(&self, sign: char, before: char, behind: char) -> bool {
        let follows = before == sign || (before.is_alphanumeric() && !behind.is_alphanumeric());
        !self.whole.is_empty() && !self.run && follows
    }

    fn end_part(&mut self) {
        let part = std::mem::take(&mut self.part);
        if !part.is_empty() {
            self.parts.push(shortened(&part));
        }
        // What follows is a part of its own, even if nothing came before.
        if self.parts.is_empty() {
            self.parts.push(String::new());
        }
    }

    fn end(&mut self, tokens: &mut Vec<Self>) {
        let mut token = std::mem::take(self);
        if token.whole.is_empty() {
            return;
        }
        if !token.parts.is_empty() {
            token.end_part();
        }
        token
            .parts
            .retain(|part| !part.is_empty() && *part != token.whole);
        token.part.clear();
        if !token.run {
            token.whole = shortened(&token.whole);
        }
        tokens.push(token);
    }
}

fn shortened(word: &str) -> String {
    word.chars().take(LONGEST_WORD).collect()
}

/// A text in lower case without what decorates its letters, and with one sign for all that look alike.
fn folded(text: &str) -> String {
    let plain = comparable(text, Case::Ignored);
    let bare = plain.nfkd().filter(|letter| !is_accent(*letter));
    let mut simple = String::new();
    for letter in bare {
        match letter {
            'ø' => simple.push('o'),
            'ł' => simple.push('l'),
            'đ' | 'ð' => simple.push('d'),
            'æ' => simple.push_str("ae"),
            'œ' => simple.push_str("oe"),
            'þ' => simple.push_str("th"),
            'ı' => simple.push('i'),
            other => simple.push(other),
        }
    }
    simple.nfc().collect()
}

/// Diacritics of Latin, Greek and Cyrillic letters, and the vowel signs of Hebrew and Arabic.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{64B}'..='\u{652}')
}

/// Whether a character is of a script that puts no blanks between words: Chinese, Japanese, Korean, Thai, Lao, Burmese
/// and Khmer.
pub(crate) fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3041..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// The words from which one letter was left out, and the word itself: two words with a typo between them have one of
/// these in common.
pub(crate) fn variants(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut variants: BTreeSet<String> = (0..letters.len())
        .map(|gone| {
            let others = letters
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != gone);
            others.map(|(_, letter)| letter).collect()
        })
        .collect();
    variants.insert(word.to_owned());
    variants
}

/// Whether one typo lies between two words: a letter too many, missing, another, or two exchanged.
pub(crate) fn is_typo(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = match one.len() <= other.len() {
        true => (one, other),
        false => (other, one),
    };
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[same..], &long[same..]);
    match long.len() - short.len() {
        0 if short.is_empty() => true,
        0 => {
            let exchanged = short.len() >= 2 && short[0] == long[1] && short[1] == long[0];
            short[1..] == long[1..] || (exchanged && short[2..] == long[2..])
        }
        1 => *short == long[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests;
