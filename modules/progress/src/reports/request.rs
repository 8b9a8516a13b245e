//! The requests about reports.

use chrono::NaiveDate;
use kernel::{CohortId, CourseId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{ReportFormat, ReportKind};

/// A report of a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "course_id": "01940000-0000-7000-8000-000000000001", "kind": "roster", "format": "csv" }))]
pub(crate) struct CreateReport {
    pub(crate) course_id: CourseId,
    pub(crate) kind: ReportKind,
    pub(crate) format: ReportFormat,
    /// The first day, in UTC; absent: from the beginning. Of `activity`, facts count by the day on which they happened,
    /// and of all others, learners by the day on which they enrolled.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) from: Option<NaiveDate>,
    /// The last day, in UTC; absent: to the end.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) to: Option<NaiveDate>,
    /// Only those who are members of this cohort of the course while the report is written; absent: all learners.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) cohort_id: Option<CohortId>,
}
