//! Pages of lists that are short enough to be held whole.

use std::cmp::Ordering;

use kernel::{Key, Page, Slice};

/// The part of `items`, which are sorted by their keys, that `slice` asks for.
pub(crate) fn page<T>(items: Vec<T>, slice: &Slice, keys: impl Fn(&T) -> Vec<Key>) -> Page<T> {
    let total = u64::try_from(items.len()).ok();
    let wanted = |item: &T| {
        let Some(from) = &slice.from else {
            return true;
        };
        let side = if slice.backward {
            Ordering::Less
        } else {
            Ordering::Greater
        };
        compare(&keys(item), from) == side
    };
    let mut rows: Vec<T> = items.into_iter().filter(wanted).collect();
    if slice.backward {
        rows.reverse();
    }
    rows.truncate(usize::try_from(slice.limit).map_or(usize::MAX, |limit| limit + 1));
    let mut page = Page::cut(rows, slice, keys);
    page.total = total.filter(|_| slice.count);
    page
}

fn compare(a: &[Key], b: &[Key]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| match (a, b) {
        (Key::Int(a), Key::Int(b)) => a.cmp(b),
        (Key::Text(a), Key::Text(b)) => a.cmp(b),
        (Key::Time(a), Key::Time(b)) => a.cmp(b),
        (Key::Id(a), Key::Id(b)) => a.cmp(b),
        _ => Ordering::Equal,
    });
    pairs
        .into_iter()
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use kernel::{Key, Slice};
    use proptest::prelude::*;

    use super::page;

    proptest! {
        #[test]
        fn walking_shows_every_item_once(count in 0_i64..40, limit in 1_u64..10) {
            let items: Vec<i64> = (0..count).collect();
            let keys = |item: &i64| vec![Key::Int(*item)];
            let mut slice = Slice::first(limit);
            let mut seen = Vec::new();
            loop {
                let part = page(items.clone(), &slice, keys);
                seen.extend(part.items);
                match part.next {
                    Some(next) => slice.from = Some(next),
                    None => break,
                }
            }
            prop_assert_eq!(seen, items);
        }
    }
}
