//! Rules for text that people type.

use unicode_normalization::UnicodeNormalization;

/// The text in Unicode normal form C (UAX #15), without white space at its ends.
pub fn clean(text: &str) -> String {
    text.trim().nfc().collect()
}

/// The text in Unicode normal form C (UAX #15), otherwise unchanged.
pub fn compose(text: &str) -> String {
    text.nfc().collect()
}

/// The text without the characters that control a terminal, show nothing or turn the direction of
/// reading (Unicode Technical Report 36, section 2), for names that come from elsewhere.
pub fn line(text: &str) -> String {
    let unseen = |letter: char| {
        letter.is_control()
            || matches!(
                letter,
                '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
                    | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            )
    };
    text.chars().filter(|letter| !unseen(*letter)).collect()
}

/// The form in which two texts are compared: NFKC, lower case, inner white space as one blank.
pub fn fold(text: &str) -> String {
    let lower = text.nfkc().collect::<String>().to_lowercase();
    let composed: String = lower.nfkc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower-case ASCII words joined by hyphens, at most `max` characters, for an address.
pub fn slug(text: &str, max: usize) -> String {
    let mut slug = String::new();
    for letter in text.nfkd().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') && !is_combining(letter) {
            slug.push('-');
        }
        if slug.len() >= max {
            break;
        }
    }
    slug.trim_matches('-').to_owned()
}

fn is_combining(letter: char) -> bool {
    unicode_normalization::char::is_combining_mark(letter)
}
