//! Lists in pages, walked by key so that an insert never shifts what was already seen.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One sort key of a row, as it stands in a cursor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "k", content = "v", rename_all = "lowercase")]
pub enum Key {
    /// A text, compared byte by byte.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A moment.
    Time(DateTime<Utc>),
    /// An id.
    Id(Uuid),
}

/// The part of a list that a caller wants.
#[derive(Debug, Clone, PartialEq)]
pub struct PageRequest {
    /// How many items at most, 1 to 200.
    pub limit: u64,
    /// The keys of the row next to which the page begins; none for the first page.
    pub from: Option<Vec<Key>>,
    /// Whether the page lies before `from` rather than after it.
    pub backward: bool,
    /// Whether the caller wants the exact total.
    pub count: bool,
}

impl PageRequest {
    /// The first `limit` items.
    pub fn first(limit: u64) -> Self {
        Self {
            limit,
            from: None,
            backward: false,
            count: false,
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The keys after which the next page begins; none on the last page.
    pub next: Option<Vec<Key>>,
    /// The keys before which the previous page ends; none on the first page.
    pub prev: Option<Vec<Key>>,
    /// The exact number of items in the whole list, when it was requested.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Changes each item and keeps the cursors.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
            prev: self.prev,
            total: self.total,
        }
    }

    /// Cuts `rows` (up to `limit + 1` of them, read in the direction of `slice`) to a page.
    pub fn cut(
        mut rows: Vec<T>,
        page_request: &PageRequest,
        keys: impl Fn(&T) -> Vec<Key>,
    ) -> Self {
        let limit = usize::try_from(page_request.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if page_request.backward {
            rows.reverse();
        }
        let (has_next, has_prev) = if page_request.backward {
            (page_request.from.is_some(), more)
        } else {
            (more, page_request.from.is_some())
        };
        Self {
            next: rows.last().filter(|_| has_next).map(&keys),
            prev: rows.first().filter(|_| has_prev).map(&keys),
            items: rows,
            total: None,
        }
    }
}
