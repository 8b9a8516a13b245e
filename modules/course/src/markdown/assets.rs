//! What texts refer to among the assets of their course, as `assets/` and a name.

use std::collections::BTreeSet;

use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, parse_document};
use kernel::CourseId;

use super::{bounds, options};
use crate::domain::AssetName;

/// Where the assets are that the texts of an edition refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssetLinks {
    folder: String,
    query: String,
}

impl AssetLinks {
    /// Of the version or the draft that a reader has asked for, or else of the edition that they get.
    pub(crate) fn of(course: CourseId, version: Option<i64>, draft: bool) -> Self {
        let query = match (draft, version) {
            (true, _) => "?draft=true".to_owned(),
            (false, Some(number)) => format!("?version={number}"),
            (false, None) => String::new(),
        };
        Self {
            folder: format!("/api/v1/courses/{course}/assets/"),
            query,
        }
    }

    /// What tells these from others.
    pub(super) fn key(&self) -> [&[u8]; 2] {
        [self.folder.as_bytes(), self.query.as_bytes()]
    }

    /// Makes references to assets URLs of them.
    pub(super) fn resolve(&self, root: Node<'_>) {
        for node in root.descendants() {
            let (NodeValue::Link(link) | NodeValue::Image(link)) = &mut node.data_mut().value
            else {
                continue;
            };
            let Some((name, rest)) = asset_of(&link.url) else {
                continue;
            };
            if AssetName::parse(name, "").is_ok() {
                // A page of a PDF, or a time of a video.
                let (_, fragment) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
                link.url = format!("{}{name}{}{fragment}", self.folder, self.query);
            }
        }
    }
}

/// The names of assets that a text refers to, be they names or not.
pub(crate) fn references(markdown: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if !markdown.contains("assets/") || bounds::before_parsing(markdown).is_err() {
        return names;
    }
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options());
    for node in root.descendants() {
        let (NodeValue::Link(link) | NodeValue::Image(link)) = &node.data().value else {
            continue;
        };
        names.extend(asset_of(&link.url).map(|(name, _)| name.to_owned()));
    }
    names
}

/// The relative links of a text to Markdown files, with the lines above each.
pub(crate) fn links_to_files(markdown: &str) -> Vec<(String, usize)> {
    let mut links = Vec::new();
    if !markdown.contains(".md") || bounds::before_parsing(markdown).is_err() {
        return links;
    }
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options());
    for node in root.descendants() {
        let data = node.data();
        let NodeValue::Link(link) = &data.value else {
            continue;
        };
        let path = link.url.split(['#', '?']).next().unwrap_or_default();
        let is_relative = !path.starts_with('/') && !path.contains(':');
        if is_relative && path.ends_with(".md") && asset_of(path).is_none() {
            let above = data.sourcepos.start.line.saturating_sub(1);
            links.push((link.url.clone(), above));
        }
    }
    links
}

/// The name of the asset that an address stands for, and what follows it.
fn asset_of(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("./").unwrap_or(url);
    let rest = rest.strip_prefix("assets/")?;
    Some(rest.split_at(rest.find(['#', '?']).unwrap_or(rest.len())))
}

#[cfg(test)]
mod tests {
    use kernel::CourseId;
    use uuid::Uuid;

    use super::{AssetLinks, references};
    use crate::markdown::to_html;

    #[test]
    fn references_to_assets_lead_to_them_and_nothing_else_is_touched() {
        let course: CourseId = Uuid::from_u128(1).into();
        let html = |text: &str, links: AssetLinks| to_html(text, Some(&links));
        let at = format!("/api/v1/courses/{course}/assets");
        let plain = || AssetLinks::of(course, None, false);
        for (text, links, shown) in [
            ("![x](assets/a.png)", plain(), format!("src=\"{at}/a.png\"")),
            (
                "![x](./assets/a.png)",
                AssetLinks::of(course, Some(3), false),
                format!("src=\"{at}/a.png?version=3\""),
            ),
            (
                "[x](assets/a.pdf#page=2)",
                AssetLinks::of(course, None, true),
                format!("href=\"{at}/a.pdf?draft=true#page=2\""),
            ),
            (
                "[x][y]\n\n[y]: assets/a.pdf",
                plain(),
                format!("href=\"{at}/a.pdf\""),
            ),
        ] {
            let html = html(text, links);
            assert!(html.contains(&shown), "{text}: {html}");
        }
        for text in [
            "[x](https://a.example/assets/a.png)",
            "[x](/assets/a.png)",
            "![x](assets/../secret.png)",
            "`![x](assets/a.png)`",
            "```\n![x](assets/a.png)\n```",
        ] {
            let html = html(text, plain());
            assert!(!html.contains(&at), "{text}: {html}");
        }
    }

    #[test]
    fn what_a_text_refers_to_is_found_once_each_and_not_in_code() {
        let text = "![x](assets/b.png) [y](assets/a.pdf#2) ![x](assets/b.png) [z](assets/../c)\n\n`[c](assets/c.png)`";
        let found: Vec<_> = references(text).into_iter().collect();
        assert_eq!(found, ["../c", "a.pdf", "b.png"]);
    }
}
