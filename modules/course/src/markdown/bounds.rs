//! How deep and how large a text in Markdown may be. Readers of Markdown and of HTML take time that
//! grows with the square of the depth, and a table is as large as its widest row times its length.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::Node;

use super::cleaning::cost_of_attributes;

/// Quotes, lists and their items, links and emphasis within each other.
const MAX_DEPTH: usize = 40;
/// What a text is made of: paragraphs, cells, words between marks.
const MAX_PARTS: usize = 50_000;
/// Cells that tables may be filled up to.
const MAX_CELLS: usize = 30_000;
/// The HTML before it is cleaned, in bytes, which adds half of it again at most.
const MAX_HTML: usize = 1_200_000;
/// What the attributes of links and pictures may cost, which are not written in pieces.
const MAX_ATTRIBUTES: usize = 200_000_000;

/// Why a text may not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line, from 1.
    pub(crate) line: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

fn too_deep(line: usize) -> Fault {
    Fault {
        line,
        code: "nesting",
        message: format!(
            "must not nest quotes, lists, links or emphasis more than {MAX_DEPTH} deep; write it flatter"
        ),
    }
}

fn too_large(line: usize, what: &str) -> Fault {
    Fault {
        line,
        code: "too_large",
        message: format!("must not have {what}; split the text, or say it with fewer of them"),
    }
}

/// What has to be known before a parser sees the text, found in one pass over its lines.
pub(super) fn before_parsing(text: &str) -> Result<(), Fault> {
    let (mut cells, mut columns, mut marks) = (0, 0, 0);
    for (line, content) in (1..).zip(lines(text)) {
        let (depth, rest) = head(content);
        if depth > MAX_DEPTH {
            return Err(too_deep(line));
        }
        // Each of them may begin a part.
        let mark = |byte: &u8| b"*_[]|".contains(byte);
        marks += 1 + content.bytes().filter(mark).count();
        if marks > MAX_PARTS {
            let what = format!("more than {MAX_PARTS} marks and lines");
            return Err(too_large(line, &what));
        }
        if rest.is_empty() {
            columns = 0;
        } else if rest.contains('-') && rest.bytes().all(|byte| b"|-: \t".contains(&byte)) {
            let bars = rest.bytes().filter(|byte| *byte == b'|').count();
            columns = if bars == 0 {
                columns
            } else {
                columns.max(bars + 1)
            };
        }
        cells += columns;
        if cells > MAX_CELLS {
            return Err(too_large(
                line,
                &format!("tables of more than {MAX_CELLS} cells"),
            ));
        }
    }
    Ok(())
}

/// The lines as the parser of Markdown splits them: at LF, at CRLF, and at a bare CR as well.
/// [CommonMark 0.31.2, section 2.1]
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('\r'))
}

/// How many quotes and list items a line begins, and what it says in them.
fn head(line: &str) -> (usize, &str) {
    let mut rest = line.trim_ascii();
    let mut depth = 0;
    loop {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = match rest.as_bytes().get(digits) {
            Some(b'>') if digits == 0 => &rest[1..],
            Some(b'-' | b'+' | b'*') if digits == 0 && ends_marker(&rest[1..]) => &rest[1..],
            Some(b'.' | b')') if (1..10).contains(&digits) && ends_marker(&rest[digits + 1..]) => {
                &rest[digits + 1..]
            }
            _ => return (depth, rest),
        };
        depth += 1;
        rest = after.trim_ascii_start();
    }
}

fn ends_marker(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([' ', '\t'])
}

/// How deep and how large the parsed text is.
pub(super) fn of_tree(root: Node<'_>) -> Result<(), Fault> {
    let (mut depth, mut parts) = (0, 0);
    for edge in root.traverse() {
        match edge {
            NodeEdge::Start(node) => {
                depth += 1;
                parts += 1;
                let line = || node.data().sourcepos.start.line;
                // The text itself is the outermost part.
                if depth > MAX_DEPTH + 1 {
                    return Err(too_deep(line()));
                }
                if parts > MAX_PARTS {
                    let what = format!("more than {MAX_PARTS} parts");
                    return Err(too_large(line(), &what));
                }
            }
            NodeEdge::End(_) => depth -= 1,
        }
    }
    Ok(())
}

/// The HTML, unless it is too large or its attributes are.
pub(super) fn of_html(html: String) -> Result<String, Fault> {
    if html.len() > MAX_HTML {
        let what = format!("more than {MAX_HTML} bytes as HTML");
        return Err(too_large(1, &what));
    }
    if cost_of_attributes(&html) > MAX_ATTRIBUTES {
        let what = "a link or a picture with thousands of `&` or `©` in its address, title or text";
        return Err(too_large(1, what));
    }
    Ok(html)
}
