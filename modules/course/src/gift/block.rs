//! The questions of a file as they follow each other: comments and categories left out, each with its line.

use super::marks::find;
use super::view::GiftRemark;

/// The text of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The line in which it begins, from 1.
    pub(super) line: usize,
    /// Its text without comments.
    pub(super) text: String,
}

/// Separates the questions, which are parted by empty lines outside of braces.
pub(super) fn blocks(text: &str) -> (Vec<Block>, Vec<GiftRemark>) {
    let (mut blocks, mut remarks) = (Vec::new(), Vec::new());
    let mut current: Option<Block> = None;
    let mut is_open = false;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.starts_with("//") {
            continue;
        }
        if current.is_none() && trimmed.starts_with("$CATEGORY") {
            let message = "the category is left out; exercises belong to the lesson that they are imported into";
            remarks.push(GiftRemark::new(number, message));
            continue;
        }
        if trimmed.is_empty() && !is_open {
            blocks.extend(current.take());
            continue;
        }
        let block = current.get_or_insert_with(|| Block {
            line: number,
            text: String::new(),
        });
        if !block.text.is_empty() {
            block.text.push('\n');
        }
        block.text.push_str(line.trim_end());
        is_open = stays_open(line, is_open);
    }
    blocks.extend(current);
    (blocks, remarks)
}

/// Whether braces are open behind a line.
fn stays_open(mut line: &str, mut is_open: bool) -> bool {
    while let Some(at) = find(line, if is_open { "}" } else { "{" }) {
        is_open = !is_open;
        line = &line[at + 1..];
    }
    is_open
}
