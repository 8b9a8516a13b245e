//! A cohort: learners who take a course together.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CohortId, CourseId};

/// How many cohorts a course can have.
pub(crate) const MAX_COHORTS: u64 = 100;
/// How many members a cohort can have: its leaderboard reads them all.
pub(crate) const MAX_MEMBERS: u64 = 1000;

/// A cohort of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cohort {
    pub(crate) id: CohortId,
    pub(crate) course: CourseId,
    pub(crate) name: String,
    pub(crate) starts_on: Option<NaiveDate>,
    pub(crate) ends_on: Option<NaiveDate>,
    pub(crate) revision: i64,
    pub(crate) created_at: DateTime<Utc>,
}

/// What a learner knows of their own cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CohortSummary {
    pub(crate) id: CohortId,
    pub(crate) name: String,
    pub(crate) starts_on: Option<NaiveDate>,
    pub(crate) ends_on: Option<NaiveDate>,
}
