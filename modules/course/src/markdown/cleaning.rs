//! HTML without what may harm, in a time that grows with its length alone.

/// So many bytes of a text are written at once: who writes HTML looks from every `&`, and from every
/// character that begins like a no-break space, for the next `<` of the same text.
const PIECE: usize = 1024;
/// Ends a text, and is taken away with all comments.
const SEAM: &str = "<!---->";

/// `html` without scripts, styles or foreign frames.
pub(super) fn clean(html: &str) -> String {
    cleaner().clean(&in_pieces(html)).to_string()
}

/// What of HTML stays: text, and what footnotes, callouts, tasks, formulas and code are recognized by.
fn cleaner() -> ammonia::Builder<'static> {
    let mut builder = ammonia::Builder::default();
    builder
        .add_tags(["section", "input"])
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .add_tag_attributes("a", ["id"])
        .add_tag_attributes("li", ["id"])
        .add_generic_attributes(["class", "data-math-style"])
        .attribute_filter(|tag, attribute, value| {
            let stays = match (tag, attribute) {
                (_, "class") => is_known_class(tag, value),
                (_, "data-math-style") => ["inline", "display"].contains(&value),
                ("a" | "li", "id") => value.starts_with("fn"),
                ("input", "type") => value == "checkbox",
                _ => true,
            };
            stays.then(|| value.into())
        });
    builder
}

/// Whether the renderer gives a tag this class.
fn is_known_class(tag: &str, class: &str) -> bool {
    match tag {
        "code" => class.strip_prefix("language-").is_some_and(is_language),
        "sup" => class == "footnote-ref",
        "a" => class == "footnote-backref",
        "section" => class == "footnotes",
        "p" => class == "markdown-alert-title",
        "div" => {
            let kind = class.strip_prefix("markdown-alert markdown-alert-");
            let kinds = ["note", "tip", "important", "warning", "caution"];
            kind.is_some_and(|kind| kinds.contains(&kind))
        }
        _ => false,
    }
}

/// Whether a word names a language, such as `c++` or `objective-c`.
fn is_language(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+#-._".contains(&byte);
    (1..=40).contains(&word.len()) && word.bytes().all(fits)
}

/// What `clean` looks at for the attributes of a text, about: each of their `&` and of the characters
/// that begin like a no-break space costs the length of its tag.
pub(super) fn cost_of_attributes(html: &str) -> usize {
    let tags = html.split('<').skip(1);
    let tags = tags.map(|rest| rest.split('>').next().unwrap_or_default());
    let cost = |tag: &str| {
        tag.len()
            * tag
                .bytes()
                .filter(|byte| [b'&', 0xC2].contains(byte))
                .count()
    };
    tags.map(cost).sum()
}

/// `html` with its long texts in pieces, which are never ended in a tag or within `&amp;`.
fn in_pieces(html: &str) -> String {
    let mut pieces = String::with_capacity(html.len() + html.len() / PIECE * SEAM.len());
    let (mut in_tag, mut in_entity, mut length) = (false, false, 0);
    for letter in html.chars() {
        if !in_tag && !in_entity && length >= PIECE {
            pieces.push_str(SEAM);
            length = 0;
        }
        match letter {
            '<' => (in_tag, in_entity) = (true, false),
            '>' => (in_tag, length) = (false, 0),
            '&' => in_entity = !in_tag,
            ';' => in_entity = false,
            _ => {}
        }
        length += letter.len_utf8();
        pieces.push(letter);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{PIECE, SEAM, clean, cleaner, in_pieces};
    use crate::markdown::{fault, to_html, within_bounds};

    /// As HTML is cleaned without pieces.
    fn clean_at_once(html: &str) -> String {
        cleaner().clean(html).to_string()
    }

    #[test]
    fn a_text_in_pieces_is_rendered_exactly_as_at_once() {
        let texts = [
            "word & other words\u{a0}! © <b> \"x\" ".repeat(300),
            format!("```go\n{}```\n", "if a && b <= c {\n".repeat(300)),
            format!("```\n\n{}\n```\n", "\n".repeat(3000)),
            format!("|a|b|\n|-|-|\n|{}|c|\n", "é&lt; ".repeat(900)),
            format!("[{0}](/a?{0} \"{0}\") ![{0}](b)", "a&b\u{a0}".repeat(400)),
            format!(
                "- [ ] *{}*\n\n> {}\n",
                "&amp;".repeat(500),
                ";&#60;".repeat(500)
            ),
            "<script>&</script> <i title=\"&\">x</i> ".repeat(200),
            "http://a.example/?b&c ".repeat(200),
            format!(
                "> [!NOTE]\n> {}\n\nA[^1] $x < {}$\n\n[^1]: {0}\n",
                "a & b ".repeat(400),
                "&y".repeat(900)
            ),
        ];
        for text in texts {
            let html = within_bounds(&text, None).expect("within the bounds");
            assert_eq!(clean(&html), clean_at_once(&html), "{text}");
        }
    }

    #[test]
    fn no_piece_is_longer_than_it_may_be_and_none_ends_in_a_tag_or_an_entity() {
        let html = format!("<p title=\"{0}\">{0}</p>", "&amp;é\u{a0}".repeat(2000));
        let pieces = in_pieces(&html);
        assert_eq!(pieces.replace(SEAM, ""), html);
        let (tag, text) = pieces.split_once('>').expect("a tag");
        assert!(!tag.contains(SEAM), "{tag}");
        for piece in text.split(SEAM) {
            assert!(piece.len() < PIECE + 20, "{}", piece.len());
            assert_eq!(piece.matches('&').count(), piece.matches("&amp;").count());
        }
    }

    #[test]
    fn what_has_to_be_escaped_is_written_in_short_texts_however_much_there_is_of_it() {
        for text in [
            "&".repeat(100_000),
            "\u{85}".repeat(100_000),
            "word & ".repeat(14_000),
            format!("```\n{}\n```", "&©".repeat(50_000)),
        ] {
            assert_eq!(fault(&text), None);
            let html = within_bounds(&text, None).expect("within the bounds");
            let pieces = in_pieces(&html);
            let longest = pieces.split(['<', '>']).map(str::len).max();
            assert!(longest < Some(PIECE + 20), "{longest:?}");
        }
    }

    #[test]
    fn attributes_that_cost_too_much_are_refused_and_ordinary_ones_are_not() {
        let address = "https://a.example/?".to_owned() + &"name=value&".repeat(700);
        for text in [
            format!("[a]({address} \"{}\")", "© & ".repeat(500)),
            "[a](/b?c&d&e \"f & g\")\n".repeat(3000),
        ] {
            assert_eq!(fault(&text), None);
        }
        for (open, end) in [("[a](/b \"", "\")"), ("![", "](b)"), ("[a](<", ">)")] {
            for letter in ["&", "\u{85}"] {
                let text = format!("{open}{}{end}", letter.repeat(99_000));
                let refused = fault(&text).map(|fault| fault.code);
                let html = to_html(&text, None);
                // An address has these characters percent-encoded.
                let harmless = open == "[a](<" && letter != "&";
                assert_eq!(refused, (!harmless).then_some("too_large"), "{open}");
                assert_eq!(html.starts_with("<pre>"), !harmless, "{open}");
            }
        }
    }
}
