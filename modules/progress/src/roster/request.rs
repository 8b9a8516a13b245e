//! The requests about rosters.

use kernel::CohortId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::{EnrollmentStatus, Risk, RosterOrder};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RosterFilter {
    /// Only learners who are in the course, who have left it, or who were removed from it.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) status: Option<EnrollmentStatus>,
    /// Only learners at this risk.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) risk: Option<Risk>,
    /// Only learners on this version.
    #[param(minimum = 1, maximum = 1000000, required = false)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
    /// Only members of this cohort of the course.
    #[param(required = false)]
    #[serde(default)]
    pub(crate) cohort: Option<CohortId>,
    /// Only learners whose names contain this.
    #[param(min_length = 1, max_length = 100, required = false)]
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The order: by name, by the percentage of completed lessons, or by the last activity; the highest or latest come
    /// first with a minus. By name, unless something else is asked for.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) sort: Option<RosterOrder>,
}
