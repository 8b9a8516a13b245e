//! How far the reading of a report's rows is, and where they come from.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use database::Database;
use kernel::EnrollmentId;

use crate::domain::{Grading, Selection};
use crate::reports::table::Row;
use crate::{gradebook, outlines};

/// How many learners or facts are read together, and about how many rows may come of them.
pub(super) const ROWS_AT_ONCE: u64 = 1000;

/// Where rows come from.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) database: Database,
    pub(crate) outlines: outlines::Service,
    pub(crate) gradebook: gradebook::Service,
}

/// A way through the rows of a course.
pub(super) struct Walk<'a> {
    pub(super) from: &'a Sources,
    pub(super) selection: Selection,
    pub(super) now: DateTime<Utc>,
    pub(super) newest: Arc<OutlineView>,
    pub(super) grading: Grading,
    /// The enrollment of the last row, and the number of its fact where rows are facts.
    pub(super) last: Option<(EnrollmentId, i64)>,
}

impl Walk<'_> {
    pub(super) fn last_enrollment(&self) -> Option<EnrollmentId> {
        self.last.map(|(enrollment, _)| enrollment)
    }
}

/// Rows, and what the last of them was of; nothing behind the end.
pub(super) type Page = (Vec<Row>, Option<(EnrollmentId, i64)>);

pub(super) fn lessons_of(outline: &OutlineView) -> usize {
    outline.sections.iter().map(|one| one.lessons.len()).sum()
}
