//! Downloading the content of a report.

use std::ops::Range;

use database::Database;
use kernel::{Caller, ReportId};

use super::Service;
use super::output::PIECE;
use crate::domain::{ReportFormat, ReportState};
use crate::error::{Error, ReportError};
use crate::outlines;
use crate::reports::store::pieces;
use crate::reports::store::reports;

/// The content of a report that is ready.
pub(crate) struct Content {
    database: Database,
    report: ReportId,
    pub(crate) format: ReportFormat,
    pub(crate) length: u64,
    /// What its file is called.
    pub(crate) file_name: String,
}

impl Service {
    /// The content of a report, for whoever has requested it and may still see the learners of its course.
    pub(crate) async fn content(&self, caller: &Caller, id: ReportId) -> Result<Content, Error> {
        let db = self.database.read();
        let found = reports::find(db, id).await?;
        let report = self.own(caller, found)?;
        let asked = report.course.into();
        let course = self.outlines.find_for_editor(db, caller, &asked).await?;
        if report.state != ReportState::Ready {
            return Err(ReportError::NotReady(report.state.into_str()).into());
        }
        let slug = outlines::find_course(db, course).await?;
        let slug = slug.map_or_else(|| "course".to_owned(), |course| course.slug);
        let day = report.started_at.unwrap_or(report.requested_at);
        let (kind, day) = (report.kind.into_str(), day.format("%Y-%m-%d"));
        let ending = report.format.into_str();
        Ok(Content {
            database: self.database.clone(),
            report: id,
            format: report.format,
            length: u64::try_from(report.bytes).unwrap_or(0),
            // A slug has letters, digits, and hyphens alone.
            file_name: format!("{slug}-{kind}-{day}.{ending}"),
        })
    }
}

impl Content {
    /// The next bytes of a part, which is shorter by them then; none at its end.
    pub(crate) async fn read(&self, part: &mut Range<u64>) -> Result<Option<Vec<u8>>, Error> {
        if part.is_empty() {
            return Ok(None);
        }
        let size = u64::try_from(PIECE).unwrap_or(u64::MAX);
        let number = i32::try_from(part.start / size).unwrap_or(i32::MAX);
        let piece = pieces::find(self.database.read(), self.report, number).await?;
        // It was deleted meanwhile.
        let mut piece = piece.ok_or(ReportError::NotFound)?;
        let begin = usize::try_from(part.start % size).unwrap_or(0);
        piece.drain(..begin.min(piece.len()));
        let left = usize::try_from(part.end - part.start).unwrap_or(usize::MAX);
        piece.truncate(left);
        if piece.is_empty() {
            return Err(ReportError::NotFound.into());
        }
        part.start += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        Ok(Some(piece))
    }
}
