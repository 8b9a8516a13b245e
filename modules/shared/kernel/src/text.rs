//! Rules for text that users type.

use unicode_normalization::UnicodeNormalization;

/// The text in Unicode normal form C (UAX #15), without white space at its ends.
pub fn clean(text: &str) -> String {
    text.trim().nfc().collect()
}

/// The text in Unicode normal form C (UAX #15), otherwise unchanged.
pub fn compose(text: &str) -> String {
    text.nfc().collect()
}

/// The longest text that [`shown`] shows whole, in characters.
const LONGEST: usize = 2000;

/// The text without the characters that control a terminal, show nothing or turn the direction of
/// reading (Unicode Technical Report 36, section 2), for names that come from elsewhere.
pub fn line(text: &str) -> String {
    // Persian words and many emojis need the two joiners.
    let stays = |letter: &char| !is_unseen(*letter) || matches!(letter, '\u{200C}' | '\u{200D}');
    text.chars().filter(stays).collect()
}

/// The text as one line for a terminal or a log: what controls a terminal, shows nothing or turns
/// the direction of reading is written as in JSON (`\n`, `\u001b`), and a long text is cut.
pub fn shown(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST));
    let mut letters = text.chars();
    letters
        .by_ref()
        .take(LONGEST)
        .for_each(|letter| push_shown(&mut line, letter));
    match letters.count() {
        0 => line,
        more => format!("{line}… ({more} more characters)"),
    }
}

/// As [`shown`], for a whole document: its lines stay lines, and nothing is cut. JSON stays the
/// same JSON.
pub fn shown_document(text: &str) -> String {
    let mut document = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => document.push('\n'),
            letter => push_shown(&mut document, letter),
        }
    }
    document
}

fn push_shown(line: &mut String, letter: char) {
    match letter {
        '\n' => line.push_str("\\n"),
        '\r' => line.push_str("\\r"),
        '\t' => line.push_str("\\t"),
        letter if is_unseen(letter) => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
        letter => line.push(letter),
    }
}

/// Whether a character controls a terminal, shows nothing or turns the direction of reading.
pub fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{AD}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}'
                | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// The character without the accents that are part of it.
pub fn without_accent(letter: char) -> char {
    std::iter::once(letter).nfd().next().unwrap_or(letter)
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

#[cfg(test)]
mod tests {
    use super::{shown, shown_document};

    #[test]
    fn an_untrusted_text_is_shown_as_one_harmless_line() {
        for (text, line) in [
            ("Åsa Öberg, 王小明 👩‍👩", "Åsa Öberg, 王小明 👩\\u200d👩"),
            ("\u{1b}[31mred\u{7}", "\\u001b[31mred\\u0007"),
            ("\u{9b}2J", "\\u009b2J"),
            ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"),
            ("\u{202e}gpj.exe\u{2066}", "\\u202egpj.exe\\u2066"),
            ("a\u{200b}b\u{feff}\u{2028}", "a\\u200bb\\ufeff\\u2028"),
            ("\u{e0041}", "\\udb40\\udc41"),
        ] {
            assert_eq!(shown(text), line);
        }
        let long = shown(&"x".repeat(5000));
        assert!(long.ends_with("… (3000 more characters)"), "{long}");
        assert!(long.len() < 2100);
    }

    #[test]
    fn a_document_keeps_its_lines_and_json_its_meaning() {
        assert_eq!(shown_document("a\n\u{1b}b\n"), "a\n\\u001bb\n");
        let value = serde_json::json!({ "name": "\u{202e}a\u{9b}\u{e0041}\n" });
        let text = shown_document(&serde_json::to_string_pretty(&value).expect("JSON"));
        assert!(
            !text.contains('\u{202e}') && !text.contains('\u{9b}'),
            "{text}"
        );
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read, value);
    }
}
