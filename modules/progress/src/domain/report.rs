//! What reports are of, and how far they are.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use kernel::{CohortId, CourseId};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// What a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(crate) enum ReportKind {
    /// A row for each learner.
    Roster,
    /// A row for each learner, with a column for each category and exercise.
    Gradebook,
    /// A row for each learner and lesson.
    Completion,
    /// A row for each fact of the log.
    Activity,
}

/// What the content of a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(crate) enum ReportFormat {
    Csv,
    Json,
    Xlsx,
}

impl ReportFormat {
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(crate) enum ReportState {
    /// It waits for its turn.
    Queued,
    /// Its rows are being written.
    Running,
    /// Its content can be downloaded.
    Ready,
    Failed,
    /// Whoever had requested it has cancelled it.
    Cancelled,
}

/// Why there is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(crate) enum ReportFailure {
    /// It would be larger than a report, or a sheet of a workbook, may be: request fewer days.
    TooLarge,
    /// The reports that are kept leave no room for it: delete some of yours, or wait until some expire.
    StorageFull,
    /// It was begun several times and never came to its end: request it again.
    Interrupted,
    /// The account of a learner whom it contained was erased: request it again.
    LearnerErased,
    /// The cohort that it is about was deleted.
    CohortDeleted,
}

/// The learners of a course whom a report is about: those who enrolled within `span`, of one cohort if it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) course: CourseId,
    pub(crate) span: Span,
    pub(crate) cohort: Option<CohortId>,
}

/// Moments from the first to before the last, each of which may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
}

impl Span {
    /// From the beginning of the first day to the end of the last, in UTC.
    pub(crate) fn of_days(first: Option<NaiveDate>, last: Option<NaiveDate>) -> Self {
        let begin = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let after = last.and_then(|day| day.checked_add_days(Days::new(1)));
        Self {
            from: first.map(begin),
            until: after.map(begin),
        }
    }
}
