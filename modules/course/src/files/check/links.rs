//! What the texts of a course refer to: other lessons, which have to be there, and assets, which may be elsewhere.

use super::reader::Reader;
use crate::domain::asset::name_key;
use crate::files::folder::ASSETS;
use crate::markdown;

impl Reader<'_> {
    /// Checks the references of a text of a lesson, which begins at `line` of its file.
    pub(super) fn lesson_references(&mut self, file: &str, line: u64, text: &str) {
        let folder = file.strip_suffix("/lesson.md").unwrap_or_default();
        for (link, at) in markdown::links_to_files(text) {
            let at = line.saturating_add(u64::try_from(at).unwrap_or(0));
            let target = resolved(folder, &link);
            let is_lesson = target.as_deref().is_some_and(|target| {
                target.ends_with("/lesson.md") && self.files.contains_key(target)
            });
            if !is_lesson {
                let message = format!(
                    "links to “{link}”, which is no lesson of this course; the way to a lesson is like ../02-next-lesson/lesson.md"
                );
                self.fault(file, at, message);
            }
        }
        self.asset_references(file, line, text);
    }

    /// Warns of assets that are not in the folder.
    pub(super) fn asset_references(&mut self, file: &str, line: u64, text: &str) {
        for name in markdown::references(text) {
            if !self.has_asset(&name) {
                let at = text.lines().position(|one| one.contains(&name));
                let at = line.saturating_add(at.and_then(|at| u64::try_from(at).ok()).unwrap_or(0));
                let message = format!(
                    "refers to {ASSETS}{name}, which is not in the folder; put it there, unless the course has it already"
                );
                self.warn(file, at, message);
            }
        }
    }

    pub(super) fn has_asset(&self, name: &str) -> bool {
        let key = name_key(name);
        self.assets.keys().any(|known| name_key(known) == key)
    }
}

/// The file to which a relative link leads from a folder; `None` where that is outside of the course.
fn resolved(folder: &str, link: &str) -> Option<String> {
    let link = link.split(['#', '?']).next().unwrap_or_default();
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::resolved;

    #[test]
    fn a_link_leads_from_its_folder_and_not_out_of_the_course() {
        for (link, target) in [
            ("../02-b/lesson.md#x", Some("01-s/02-b/lesson.md")),
            ("./lesson.md", Some("01-s/01-a/lesson.md")),
            ("../../02-t/01-c/lesson.md", Some("02-t/01-c/lesson.md")),
            ("../../../x/lesson.md", None),
        ] {
            assert_eq!(resolved("01-s/01-a", link).as_deref(), target, "{link}");
        }
    }
}
