//! Markdown to HTML that is safe to show.

use comrak::{Options, markdown_to_html};

/// GitHub-flavoured Markdown as HTML without scripts, styles or foreign frames.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    let html = markdown_to_html(markdown, &options);
    ammonia::Builder::default()
        .add_allowed_classes("code", &["language-go", "language-text", "language-sh"])
        .clean(&html)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn scripts_and_event_handlers_do_not_get_through() {
        let html = to_html(
            "# Hi\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))\n\n| a |\n|---|\n| b |\n",
        );
        for evil in ["<script", "onerror", "javascript:"] {
            assert!(!html.contains(evil), "{html}");
        }
        assert!(
            html.contains("<h1>Hi</h1>") && html.contains("<table>"),
            "{html}"
        );
    }
}
