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
/// How many bytes of a text may be one tag, and how many its name.
const LONGEST_TAG: usize = 500;
const LONGEST_NAME: usize = 20;
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

/// A text in one line without HTML, for a title.
pub(super) fn strip_tags(text: &str, format: Format) -> String {
    if format != Format::Html {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = tag(rest).map_or(1, |(_, length)| length);
        plain.push(if length == 1 { '<' } else { ' ' });
        rest = &rest[length..];
    }
    plain.push_str(rest);
    let plain = entities(&plain);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
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
    let start = text.as_bytes().get(1..LONGEST_TAG.min(text.len()))?;
    let name_begins = usize::from(start.first() == Some(&b'/'));
    // Most of what begins with < ends here.
    start
        .get(name_begins)
        .filter(|first| first.is_ascii_alphabetic())?;
    let letters = start[name_begins..].iter();
    let name_ends = name_begins
        + letters
            .take_while(|letter| letter.is_ascii_alphanumeric())
            .count();
    let end = name_ends + start[name_ends..].iter().position(|byte| *byte == b'>')?;
    let follows = start[name_ends];
    let is_tag = follows == b'>' || follows == b'/' || follows.is_ascii_whitespace();
    let name = text
        .get(1..=name_ends)
        .filter(|name| is_tag && name.len() <= LONGEST_NAME)?;
    Some((name.to_ascii_lowercase(), end + 2))
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
