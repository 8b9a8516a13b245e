//! What every format is made of: columns, and rows of fields.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A column of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name in JSON.
    pub(super) key: String,
    /// Its heading in CSV and XLSX.
    pub(super) heading: String,
}

impl Column {
    pub(super) fn new(key: impl Into<String>, heading: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            heading: heading.into(),
        }
    }
}

/// What stands in a column of a row. Only texts come from people.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    /// Nothing, which is not the same as 0.
    Empty,
    Text(String),
    /// A word of this API, such as a status.
    Word(&'static str),
    Id(Uuid),
    Int(i64),
    /// A number with two decimals at most.
    Number(f64),
    Flag(bool),
    Time(DateTime<Utc>),
}

/// A row has a field for each column.
pub(super) type Row = Vec<Field>;

impl From<i32> for Field {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for Field {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Field {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Field {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<DateTime<Utc>> for Field {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

impl<K> From<kernel::Id<K>> for Field {
    fn from(id: kernel::Id<K>) -> Self {
        Self::Id(id.uuid())
    }
}

impl<T: Into<Self>> From<Option<T>> for Field {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
