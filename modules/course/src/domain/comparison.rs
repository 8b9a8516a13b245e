//! When two texts are the same: one rule for grading answers and for finding options that nobody could tell
//! apart.

use kernel::text::is_unseen;
use unicode_normalization::UnicodeNormalization;

/// Whether upper and lower case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Matters,
    Ignored,
}

/// The form in which texts are compared: canonically normalized (UAX #15), with one character for all
/// variants of quotes, of dashes and of white space, without what shows nothing, and without case where that
/// is ignored (full case folding, Unicode Standard, section 3.13). There is no compatibility folding: `x²` is
/// not `x2`.
pub(crate) fn comparable(text: &str, case: Case) -> String {
    let plain: String = text.nfd().filter_map(plain).collect();
    let folded = match case {
        Case::Matters => plain,
        Case::Ignored => caseless::default_case_fold_str(&plain).nfd().collect(),
    };
    folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What stands for a character, if it shows anything.
fn plain(letter: char) -> Option<char> {
    match letter {
        letter if letter.is_whitespace() => Some(' '),
        // Variants of emojis and of Han characters differ in their looks alone.
        '\u{FE00}'..='\u{FE0F}' => None,
        letter if is_unseen(letter) => None,
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '´' | 'ʼ' | 'ʹ' | '′' => Some('\''),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => Some('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => Some('-'),
        letter => Some(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, comparable};

    fn alike(one: &str, other: &str) -> bool {
        comparable(one, Case::Ignored) == comparable(other, Case::Ignored)
    }

    #[test]
    fn what_looks_alike_is_the_same() {
        for (one, other) in [
            ("two  words", " two words "),
            ("a b", "a\u{A0}b"),
            ("a b", "a\u{2009}b"),
            ("it's", "it’s"),
            ("\"so\"", "„so“"),
            ("\"so\"", "«so»"),
            ("1\u{2212}2", "1-2"),
            ("1–2", "1-2"),
            ("caf\u{E9}", "cafe\u{301}"),
            ("a\u{200B}b", "ab"),
            ("soft\u{AD}hyphen", "softhyphen"),
            ("❤\u{FE0F}", "❤"),
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("ΟΔΟΣ", "οδός".replace('ό', "ο").as_str()),
        ] {
            assert!(alike(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_means_something_else_is_not() {
        for (one, other) in [
            ("x²", "x2"),
            ("½", "1⁄2"),
            ("Ⅳ", "IV"),
            ("ﬁ", "f i"),
            ("é", "e"),
            ("a b", "ab"),
            ("`a`", "'a'"),
            ("ﾊ", "ハ"),
            ("1.5", "1,5"),
        ] {
            assert!(!alike(one, other), "{one:?} {other:?}");
        }
        let strict = |text| comparable(text, Case::Matters);
        assert_ne!(strict("Go"), strict("go"));
        assert_eq!(strict("it’s  Go"), strict("it's Go"));
        assert_eq!(strict("\u{200B} \u{FEFF}"), "");
    }
}
