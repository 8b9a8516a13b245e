//! The rows of a report, some at a time, each page as cheap as the one before.

mod activity;
mod completion;
mod gradebook;
mod roster;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use database::Database;
use kernel::{CourseId, EnrollmentId};

use super::store::reports::ReportRecord;
use super::store::sizes;
use super::table::{Column, Row};
use crate::domain::{Grading, ReportKind, Span};
use crate::error::Error;
use crate::{gradebook as grades, outlines};

/// How many learners or facts are read together, and about how many rows may come of them.
const ROWS_AT_ONCE: u64 = 1000;

/// Where rows come from.
#[derive(Clone)]
pub(super) struct Sources {
    pub(super) database: Database,
    pub(super) outlines: outlines::Service,
    pub(super) gradebook: grades::Service,
}

/// Reads the rows of a report from the first to the last.
pub(super) struct Rows<'a> {
    from: &'a Sources,
    kind: ReportKind,
    course: CourseId,
    span: Span,
    now: DateTime<Utc>,
    newest: Arc<OutlineView>,
    grading: Grading,
    /// The enrollment of the last row, and the number of its fact where rows are facts.
    last: Option<(EnrollmentId, i64)>,
    is_over: bool,
}

impl<'a> Rows<'a> {
    pub(super) async fn open(
        from: &'a Sources,
        report: &ReportRecord,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (grading, newest) = from.gradebook.layout(report.course).await?;
        Ok(Self {
            from,
            kind: report.kind,
            course: report.course,
            span: Span::of_days(report.from, report.to),
            now,
            newest,
            grading,
            last: None,
            is_over: false,
        })
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        match self.kind {
            ReportKind::Roster => roster::columns(),
            ReportKind::Gradebook => gradebook::columns(&self.grading, &self.newest),
            ReportKind::Completion => completion::columns(),
            ReportKind::Activity => activity::columns(),
        }
    }

    /// About how many rows there are. Of facts within days it is too many, because they are not counted by days.
    pub(super) async fn estimate(&self) -> Result<i64, Error> {
        let span = match self.kind {
            ReportKind::Activity => Span::default(),
            _ => self.span,
        };
        let db = self.from.database.read();
        let (learners, facts) = sizes::count(db, self.course, span).await?;
        Ok(match self.kind {
            ReportKind::Roster | ReportKind::Gradebook => learners,
            ReportKind::Completion => {
                let lessons = i64::try_from(lessons_of(&self.newest)).unwrap_or(i64::MAX);
                learners.saturating_mul(lessons)
            }
            ReportKind::Activity => facts,
        })
    }

    /// The next rows; none at the end. A page without rows may have some behind it.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let (page, last) = match self.kind {
            ReportKind::Roster => roster::read(self).await?,
            ReportKind::Gradebook => gradebook::read(self).await?,
            ReportKind::Completion => completion::read(self).await?,
            ReportKind::Activity => activity::read(self).await?,
        };
        self.is_over = last.is_none();
        self.last = last;
        Ok((!self.is_over).then_some(page))
    }

    fn last_enrollment(&self) -> Option<EnrollmentId> {
        self.last.map(|(enrollment, _)| enrollment)
    }
}

/// Rows, and what the last of them was of; nothing behind the end.
type Page = (Vec<Row>, Option<(EnrollmentId, i64)>);

fn lessons_of(outline: &OutlineView) -> usize {
    outline.sections.iter().map(|one| one.lessons.len()).sum()
}
