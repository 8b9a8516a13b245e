//! A lesson's file in its two parts.

/// The YAML between the two lines `---`, and the text after them.
pub(super) fn split_head(text: &str) -> Option<(&str, &str)> {
    let rest = text
        .strip_prefix("---\n")
        .or_else(|| text.strip_prefix("---\r\n"))?;
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        let end = start + line.len();
        if line.trim_end() == "---" {
            let content = &rest[end..];
            let content = content
                .strip_prefix('\n')
                .or_else(|| content.strip_prefix("\r\n"))
                .unwrap_or(content);
            return Some((&rest[..start], content));
        }
        start = end;
    }
    None
}

pub(super) fn has_control(line: &str) -> bool {
    line.chars()
        .any(|letter| letter.is_ascii_control() && letter != '\t' && letter != '\r')
}
