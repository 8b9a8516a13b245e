//! The formats in which GIFT writes texts, as Markdown.

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// As it is shown.
    Plain,
    /// With HTML tags.
    Html,
    /// In Markdown.
    Markdown,
}

/// How many unknown tags are named.
const TOLD: usize = 5;
/// How many bytes of a text may be one tag.
const LONGEST_TAG: usize = 2000;
/// What Markdown would take for more than a character.
const MARKDOWN: &str = "\\`*_[]<>#|$~";

/// Takes `[html]` and the like from the beginning of a text.
pub(super) fn format_of(text: &str) -> (Option<Format>, &str) {
    let text = text.trim_start();
    let formats = [
        ("[html]", Format::Html),
        ("[markdown]", Format::Markdown),
        ("[moodle]", Format::Html),
        ("[plain]", Format::Plain),
    ];
    let found = formats
        .into_iter()
        .find_map(|(name, format)| Some((format, text.strip_prefix(name)?)));
    match found {
        Some((format, rest)) => (Some(format), rest),
        None => (None, text),
    }
}

/// The text as Markdown, and the names of tags that were left out.
pub(super) fn to_markdown(text: &str, format: Format) -> (String, Vec<String>) {
    match format {
        Format::Markdown => (text.to_owned(), Vec::new()),
        Format::Plain => (escaped(text), Vec::new()),
        Format::Html => of_html(text),
    }
}

fn escaped(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    for character in text.chars() {
        if MARKDOWN.contains(character) {
            markdown.push('\\');
        }
        markdown.push(character);
    }
    markdown
}

fn of_html(html: &str) -> (String, Vec<String>) {
    let (mut markdown, mut unknown) = (String::with_capacity(html.len()), Vec::new());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        markdown.push_str(&escaped(&entities(&rest[..at])));
        rest = &rest[at..];
        let Some((name, length)) = tag(rest) else {
            markdown.push_str("\\<");
            rest = &rest[1..];
            continue;
        };
        match mark(&name) {
            Some(mark) => markdown.push_str(mark),
            None if unknown.len() < TOLD && !unknown.contains(&name) => unknown.push(name),
            None => {}
        }
        rest = &rest[length..];
    }
    markdown.push_str(&escaped(&entities(rest)));
    (markdown.trim().to_owned(), unknown)
}

/// The name of the tag at the beginning, with a slash if it ends an element, and how long the tag is.
fn tag(text: &str) -> Option<(String, usize)> {
    let start = text
        .as_bytes()
        .get(..LONGEST_TAG)
        .unwrap_or(text.as_bytes());
    let end = start.iter().position(|byte| *byte == b'>')?;
    let inside = text[1..end].trim_end_matches('/').trim();
    let name = inside.split(char::is_whitespace).next()?;
    let letters = name.strip_prefix('/').unwrap_or(name);
    let is_name = letters.starts_with(|first: char| first.is_ascii_alphabetic())
        && letters.chars().all(|letter| letter.is_ascii_alphanumeric());
    is_name.then(|| (name.to_ascii_lowercase(), end + 1))
}

/// What stands for a tag in Markdown.
fn mark(tag: &str) -> Option<&'static str> {
    Some(match tag.strip_prefix('/').unwrap_or(tag) {
        "b" | "strong" => "**",
        "i" | "em" => "*",
        "code" | "tt" => "`",
        "br" => "\n",
        "p" | "div" => match tag.starts_with('/') {
            true => "\n\n",
            false => "",
        },
        "li" => match tag.starts_with('/') {
            true => "\n",
            false => "- ",
        },
        "ul" | "ol" => "\n",
        "span" => "",
        _ => return None,
    })
}

fn entities(text: &str) -> String {
    let mut plain = text.to_owned();
    // The ampersand comes last, so that what it begins is read once.
    let known = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    for (name, character) in known {
        plain = plain.replace(name, character);
    }
    plain
}
