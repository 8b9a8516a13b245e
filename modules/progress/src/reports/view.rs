//! Reports as they are shown.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CohortId, CourseId, ReportId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::reports::ReportRecord;
use crate::domain::{ReportFailure, ReportFormat, ReportKind, ReportState};

/// A report of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportView {
    pub(crate) id: ReportId,
    pub(crate) course_id: CourseId,
    pub(crate) kind: ReportKind,
    pub(crate) format: ReportFormat,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) from: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) to: Option<NaiveDate>,
    /// The cohort that it is about; absent: all learners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) cohort_id: Option<CohortId>,
    pub(crate) state: ReportState,
    /// Why it failed; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) failure: Option<ReportFailure>,
    /// Rows that are written.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 120)]
    pub(crate) rows_done: i64,
    /// About how many rows it will have; 0 until it is begun. The present number of rows once it is ready.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 120)]
    pub(crate) rows_estimated: i64,
    /// The size of its content so far.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 18240)]
    pub(crate) bytes: i64,
    pub(crate) requested_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) finished_at: Option<DateTime<Utc>>,
    /// When it is deleted.
    pub(crate) expires_at: DateTime<Utc>,
}

impl From<ReportRecord> for ReportView {
    fn from(report: ReportRecord) -> Self {
        Self {
            id: report.id,
            course_id: report.course,
            kind: report.kind,
            format: report.format,
            from: report.from,
            to: report.to,
            cohort_id: report.cohort,
            state: report.state,
            failure: report.failure,
            rows_done: report.rows_done,
            rows_estimated: report.rows_estimated,
            bytes: report.bytes,
            requested_at: report.requested_at,
            started_at: report.started_at,
            finished_at: report.finished_at,
            expires_at: report.expires_at,
        }
    }
}
