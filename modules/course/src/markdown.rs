//! Markdown to HTML that is safe to show, and the bounds within which that costs little.

mod assets;
mod bounds;
mod cleaning;
mod pages;

use comrak::nodes::Node;
use comrak::{Arena, Options, format_html, parse_document};
use kernel::FieldFault;

pub(crate) use assets::{AssetLinks, links_to_files, references};
pub(crate) use bounds::Fault;
pub(crate) use pages::Pages;

use crate::domain::{Question, Variant};

/// Texts in Markdown, each with the pointer to it.
pub(crate) type Texts = Vec<(String, String)>;

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.math_dollars = true;
    // `Vec<String>` in a sentence is text, and so is what looks like HTML.
    options.render.escape = true;
    options
}

/// GitHub-flavored Markdown as HTML without scripts, styles or foreign frames; what is beyond the
/// bounds is shown as it was written.
fn to_html(markdown: &str, links: Option<&AssetLinks>) -> String {
    match within_bounds(markdown, links) {
        Ok(html) => cleaning::clean(&html),
        Err(_) => format!("<pre>{}</pre>", ammonia::clean_text(markdown)),
    }
}

/// Why a text may not be written, if it may not.
pub(crate) fn fault(markdown: &str) -> Option<Fault> {
    within_bounds(markdown, None).err()
}

/// The faults of `texts`.
pub(crate) fn faults(texts: &Texts) -> Vec<FieldFault> {
    let faults = texts.iter().filter_map(|(pointer, text)| {
        let Fault {
            line,
            code,
            message,
        } = fault(text)?;
        let message = format!("{message} (line {line})");
        Some(FieldFault::new(pointer, code, message))
    });
    faults.collect()
}

fn within_bounds(markdown: &str, links: Option<&AssetLinks>) -> Result<String, Fault> {
    bounds::before_parsing(markdown)?;
    let arena = Arena::new();
    let options = options();
    let root: Node<'_> = parse_document(&arena, markdown, &options);
    bounds::of_tree(root)?;
    if let Some(links) = links {
        links.resolve(root);
    }
    let mut html = String::new();
    if format_html(root, &options, &mut html).is_err() {
        html.clear();
    }
    bounds::of_html(html)
}

/// One field in Markdown, if it is given.
pub(crate) fn of_text(pointer: &str, text: Option<&String>) -> Texts {
    let text = text.map(|text| (pointer.to_owned(), text.clone()));
    text.into_iter().collect()
}

/// What of an exercise is Markdown.
pub(crate) fn of_exercise(
    prompt: Option<&String>,
    hints: Option<&Vec<String>>,
    explanation: Option<&String>,
    question: Option<&Question>,
    variants: Option<&Vec<Variant>>,
) -> Texts {
    let mut texts = of_text("/prompt", prompt);
    for (index, text) in hints.into_iter().flatten().enumerate() {
        texts.extend(of_text(&format!("/hints/{index}"), Some(text)));
    }
    texts.extend(of_text("/explanation", explanation));
    if let Some(question) = question {
        texts.extend(of_question("/question", question));
    }
    for (index, variant) in variants.into_iter().flatten().enumerate() {
        let at = |field: &str| format!("/variants/{index}/{field}");
        texts.extend(of_text(&at("prompt"), Some(&variant.prompt)));
        texts.extend(of_text(&at("explanation"), variant.explanation.as_ref()));
        texts.extend(of_question(&at("question"), &variant.question));
    }
    texts
}

fn of_question(at: &str, question: &Question) -> Texts {
    let mut texts = Texts::new();
    let mut add =
        |place: String, text: &String| texts.push((format!("{at}/{place}"), text.clone()));
    match question {
        Question::SingleChoice(choices) | Question::MultipleChoice(choices) => {
            for (index, option) in choices.options.iter().enumerate() {
                add(format!("options/{index}/text"), &option.text);
                if let Some(text) = &option.feedback {
                    add(format!("options/{index}/feedback"), text);
                }
            }
        }
        Question::Ordering(ordering) => {
            for (index, text) in ordering.items.iter().enumerate() {
                add(format!("items/{index}"), text);
            }
        }
        Question::Matching(matching) => {
            for (index, pair) in matching.pairs.iter().enumerate() {
                add(format!("pairs/{index}/left"), &pair.left);
                add(format!("pairs/{index}/right"), &pair.right);
            }
        }
        Question::Cloze(cloze) => add("text".to_owned(), &cloze.text),
        question => {
            for (index, criterion) in question.rubric().iter().enumerate() {
                add(
                    format!("rubric/{index}/description"),
                    &criterion.description,
                );
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::fault;

    fn to_html(markdown: &str) -> String {
        super::to_html(markdown, None)
    }

    #[test]
    fn a_carriage_return_ends_a_line_before_parsing_as_it_does_in_the_parser() {
        let table = format!(
            "{}\n{}\n{}",
            "|a".repeat(200),
            "|-".repeat(200),
            "|\n".repeat(400)
        );
        for end in ["\n", "\r", "\r\n"] {
            let refused = super::bounds::before_parsing(&table.replace('\n', end)).unwrap_err();
            assert_eq!((refused.code, refused.line), ("too_large", 151), "{end:?}");
        }
    }

    #[test]
    fn what_authors_write_is_shown_as_they_meant_it() {
        for language in ["rust", "csharp", "c++", "objective-c", "f#", "go"] {
            let html = to_html(&format!("```{language}\nx\n```\n"));
            let code = format!("<code class=\"language-{language}\">");
            assert!(html.contains(&code), "{html}");
        }
        for (text, shown) in [
            ("A `Vec` is a Vec<String>.", "Vec&lt;String&gt;."),
            ("a<br>b", "a&lt;br&gt;b"),
            ("<b>x</b>\n\n<!-- y -->", "&lt;!-- y --&gt;"),
            (
                "> [!WARNING]\n> Hot",
                "<div class=\"markdown-alert markdown-alert-warning\">",
            ),
            (
                "> [!NOTE]\n> So",
                "<p class=\"markdown-alert-title\">Note</p>",
            ),
            (
                "A[^1]\n\n[^1]: why",
                "<a href=\"#fn-1\" id=\"fnref-1\" rel=\"noopener noreferrer\">1</a>",
            ),
            ("A[^1]\n\n[^1]: why", "<li id=\"fn-1\">"),
            (
                "- [x] done",
                "<input type=\"checkbox\" checked=\"\" disabled=\"\">",
            ),
            ("$a<b$", "<span data-math-style=\"inline\">a&lt;b</span>"),
            ("$$a$$", "<span data-math-style=\"display\">a</span>"),
            ("it costs $5 or $10", "it costs $5 or $10"),
        ] {
            let html = to_html(text);
            assert!(html.contains(shown), "{text}: {html}");
        }
    }

    #[test]
    fn scripts_and_event_handlers_do_not_get_through() {
        let html = to_html(
            "# Hi\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))\n\n| a |\n|---|\n| b |\n",
        );
        for evil in ["<script", "<img", "javascript:"] {
            assert!(!html.contains(evil), "{html}");
        }
        assert!(
            html.contains("<h1>Hi</h1>") && html.contains("<table>"),
            "{html}"
        );
    }

    #[test]
    fn what_would_cost_too_much_is_refused_with_its_line_and_shown_as_it_is() {
        let fenced = "```\n".to_owned() + &">".repeat(30) + "\n```\n";
        let table = format!("{}\n{}\n", "|a".repeat(1000), "|-".repeat(1000));
        let list = |depth: usize| -> String {
            (0..depth)
                .map(|level| format!("{}- a\n", "  ".repeat(level)))
                .collect()
        };
        let cases = [
            (format!("Fine.\n\n{}", ">".repeat(100_000)), "nesting", 3),
            (format!("a\n{}", "> ".repeat(50_000)), "nesting", 2),
            ("- ".repeat(50_000) + "a", "nesting", 1),
            ("1. ".repeat(300) + "a", "nesting", 1),
            (list(200), "nesting", 0),
            (
                format!("a\n\n{}x{}", "**a ".repeat(9000), " a**".repeat(9000)),
                "nesting",
                3,
            ),
            (
                format!("{}x{}", "![".repeat(9000), "](u)".repeat(9000)),
                "nesting",
                1,
            ),
            (table.clone() + &"|a\n".repeat(10_000), "too_large", 0),
            (
                format!("> {}", table.replace('\n', "\n> ")) + &"|a\n> ".repeat(10_000),
                "too_large",
                0,
            ),
            ("a\n".repeat(50_000), "too_large", 0),
            ("&\"".repeat(50_000), "", 0),
        ];
        for (text, code, line) in cases {
            let found = fault(&text);
            let found_line = found.as_ref().map_or(0, |fault| fault.line);
            let found = found.map_or("", |fault| fault.code);
            let shown: String = text.chars().take(40).collect();
            assert_eq!(found, code, "{shown}");
            assert!(line == 0 || found_line == line, "{found_line} {shown}");
            let html = to_html(&text);
            assert_eq!(html.starts_with("<pre>"), !code.is_empty(), "{shown}");
        }
        for text in [
            fenced,
            list(10),
            "---\n".repeat(100),
            "|a|b|\n|-|-|\n|c|d|\n".to_owned(),
        ] {
            assert!(fault(&text).is_none(), "{text}");
        }
    }
}
