//! The order of the parts of a draft and their names in files.

use std::collections::HashSet;

use kernel::text::slug;

/// A name in files made of `title`, different from all that are `taken`.
pub(crate) fn free_key(title: &str, fallback: &str, taken: &HashSet<&str>) -> String {
    let base = match slug(title, 60) {
        empty if empty.is_empty() => fallback.to_owned(),
        base => base,
    };
    let free = |key: &String| !taken.contains(key.as_str());
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone())
        .chain(numbered)
        .find(free)
        .unwrap_or(base)
}

/// The position after the last of `positions`.
pub(crate) fn next_position(positions: impl Iterator<Item = i32>) -> i32 {
    positions.max().unwrap_or(0) + 1
}

/// The items with the one at `from` moved so that it comes `position`th, counted from 1.
pub(crate) fn moved<T>(mut items: Vec<T>, from: usize, position: i32) -> Vec<T> {
    if from < items.len() {
        let item = items.remove(from);
        let to = usize::try_from(position - 1).unwrap_or(0);
        items.insert(to.min(items.len()), item);
    }
    items
}

#[cfg(test)]
#[cfg(test)]
mod tests {
    use super::{free_key, moved};

    #[test]
    fn a_key_is_the_title_in_plain_letters_and_never_taken() {
        let taken = ["for-loops", "for-loops-2"].into();
        assert_eq!(free_key("For loops!", "lesson", &taken), "for-loops-3");
        assert_eq!(free_key("…", "lesson", &taken), "lesson");
    }

    #[test]
    fn moving_shifts_the_others() {
        assert_eq!(moved(vec!['a', 'b', 'c'], 0, 3), ['b', 'c', 'a']);
        assert_eq!(moved(vec!['a', 'b', 'c'], 2, 1), ['c', 'a', 'b']);
        assert_eq!(moved(vec!['a', 'b', 'c'], 1, 99), ['a', 'c', 'b']);
    }
}
