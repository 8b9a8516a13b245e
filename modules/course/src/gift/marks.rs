//! The characters that mean something in GIFT, unless a backslash stands before them.

/// What a backslash takes the meaning of.
const SPECIAL: &str = "~=#{}:\\";

/// Where `mark` stands first without a backslash before it.
pub(super) fn find(text: &str, mark: &str) -> Option<usize> {
    find_any(text, &[mark])
}

/// Where one of `marks` stands first without a backslash before it.
pub(super) fn find_any(text: &str, marks: &[&str]) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if marks.iter().any(|mark| text[at..].starts_with(mark)) {
            return Some(at);
        }
    }
    None
}

/// What stands before and behind the first `mark`.
pub(super) fn split<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let at = find(text, mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

/// The text that is meant: without blanks around it and without the backslashes, and with line breaks for `\n`.
pub(super) fn unescape(text: &str) -> String {
    let text = text.trim();
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match (character, next) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some(special)) if SPECIAL.contains(special) => plain.push(special),
            _ => {
                plain.push(character);
                continue;
            }
        }
        characters.next();
    }
    plain
}

/// The text with a backslash before everything that would mean something, in one line.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            special if SPECIAL.contains(special) => escaped.extend(['\\', special]),
            other => escaped.push(other),
        }
    }
    escaped
}
