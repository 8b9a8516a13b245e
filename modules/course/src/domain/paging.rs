//! Pages of lists that are short enough to be held whole.

use std::cmp::Ordering;

use kernel::{Key, Page, PageRequest};

/// The part of `items`, which are sorted by their keys, that `slice` requests.
pub(crate) fn page<T>(
    items: Vec<T>,
    page_request: &PageRequest,
    keys: impl Fn(&T) -> Vec<Key>,
) -> Page<T> {
    let total = u64::try_from(items.len()).ok();
    let wanted = |item: &T| {
        let Some(from) = &page_request.from else {
            return true;
        };
        let side = if page_request.backward {
            Ordering::Less
        } else {
            Ordering::Greater
        };
        compare(&keys(item), from) == side
    };
    let mut rows: Vec<T> = items.into_iter().filter(wanted).collect();
    if page_request.backward {
        rows.reverse();
    }
    rows.truncate(usize::try_from(page_request.limit).map_or(usize::MAX, |limit| limit + 1));
    let mut page = Page::cut(rows, page_request, keys);
    page.total = total.filter(|_| page_request.count);
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

/// The keys by which a list of parts is walked.
pub(crate) fn walk(outer: i32, position: i32, id: uuid::Uuid) -> Vec<Key> {
    vec![
        Key::Int(i64::from(outer)),
        Key::Int(i64::from(position)),
        Key::Id(id),
    ]
}

#[cfg(test)]
#[cfg(test)]
mod tests {
    use kernel::{Key, PageRequest};
    use proptest::prelude::*;

    use super::page;

    proptest! {
        #[test]
        fn walking_shows_every_item_once(count in 0_i64..40, limit in 1_u64..10) {
            let items: Vec<i64> = (0..count).collect();
            let keys = |item: &i64| vec![Key::Int(*item)];
            let mut page_request = PageRequest::first(limit);
            let mut seen = Vec::new();
            loop {
                let part = page(items.clone(), &page_request, keys);
                seen.extend(part.items);
                match part.next {
                    Some(next) => page_request.from = Some(next),
                    None => break,
                }
            }
            prop_assert_eq!(seen, items);
        }
    }
}
