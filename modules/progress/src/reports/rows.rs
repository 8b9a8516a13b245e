//! The rows of a report, some at a time, each page as cheap as the one before.

mod activity;
mod completion;
mod gradebook;
mod roster;
mod walk;

use chrono::{DateTime, Utc};

use super::store::reports::ReportRecord;
use super::store::sizes;
use super::table::{Column, Row};
use crate::domain::{ReportKind, Selection, Span};
use crate::error::Error;
use walk::{Walk, lessons_of};

pub(crate) use walk::Sources;

/// Reads the rows of a report from the first to the last.
pub(super) struct Rows<'a> {
    kind: ReportKind,
    walk: Walk<'a>,
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
            kind: report.kind,
            walk: Walk {
                from,
                selection: Selection {
                    course: report.course,
                    span: Span::of_days(report.from, report.to),
                    cohort: report.cohort,
                },
                now,
                newest,
                grading,
                last: None,
            },
            is_over: false,
        })
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        match self.kind {
            ReportKind::Roster => roster::columns(),
            ReportKind::Gradebook => gradebook::columns(&self.walk.grading, &self.walk.newest),
            ReportKind::Completion => completion::columns(),
            ReportKind::Activity => activity::columns(),
        }
    }

    /// About how many rows there are. Of facts within days it is too many, because they are not counted by days.
    pub(super) async fn estimate(&self) -> Result<i64, Error> {
        let mut selection = self.walk.selection;
        if self.kind == ReportKind::Activity {
            selection.span = Span::default();
        }
        let db = self.walk.from.database.read();
        let (learners, facts) = sizes::count(db, selection).await?;
        Ok(match self.kind {
            ReportKind::Roster | ReportKind::Gradebook => learners,
            ReportKind::Completion => {
                let lessons = i64::try_from(lessons_of(&self.walk.newest)).unwrap_or(i64::MAX);
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
            ReportKind::Roster => roster::read(&self.walk).await?,
            ReportKind::Gradebook => gradebook::read(&self.walk).await?,
            ReportKind::Completion => completion::read(&self.walk).await?,
            ReportKind::Activity => activity::read(&self.walk).await?,
        };
        self.is_over = last.is_none();
        self.walk.last = last;
        Ok((!self.is_over).then_some(page))
    }
}
