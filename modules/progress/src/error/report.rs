//! What can go wrong with reports, in words for the caller.

use kernel::{FieldFault, Kind};

/// A failure of a request about reports.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nobody has requested it, or somebody else, or it has expired.
    #[error(
        "you have no report with this ID, or it has expired; GET /api/v1/progress/reports lists yours"
    )]
    NotFound,
    /// There is no content to download; the word says how far it is.
    #[error(
        "this report is {0}, and only one that is ready can be downloaded; GET /api/v1/progress/reports/{{report}} says how far it is and why it failed"
    )]
    NotReady(&'static str),
    /// As many reports wait as one person may have.
    #[error(
        "{0} of your reports are not finished, which is the maximum; wait for one or cancel it"
    )]
    TooManyOpen(u64),
    /// As many reports of a course are kept as one person may have.
    #[error("you have {0} reports of this course, which is the maximum; delete one of them first")]
    TooManyKept(u64),
    /// The days are in the wrong order.
    #[error("from must not be after to; correct one of them, or leave it out")]
    DaysInvalid,
    /// Rows could not be written in the format.
    #[error("the report cannot be written: {0}")]
    NotWritten(std::io::Error),
}

impl ReportError {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::NotReady(_) | Self::TooManyOpen(_) | Self::TooManyKept(_) => Kind::Conflict,
            Self::DaysInvalid => Kind::Invalid,
            Self::NotWritten(_) => Kind::Internal,
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "progress.report_not_found",
            Self::NotReady(_) => "progress.report_not_ready",
            Self::TooManyOpen(_) | Self::TooManyKept(_) => "progress.report_limit_exceeded",
            Self::DaysInvalid => "progress.report_days_invalid",
            Self::NotWritten(_) => "progress.report_not_written",
        }
    }

    pub(super) fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::DaysInvalid => {
                let message = "must not be after to";
                vec![FieldFault::new("/from", "range", message)]
            }
            _ => Vec::new(),
        }
    }
}
