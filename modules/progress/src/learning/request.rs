//! The requests about learning.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How far and how long somebody has read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"percent": 60, "seconds": 240}))]
#[schema(as = UpdateLessonProgress)]
pub(crate) struct ReportProgress {
    /// How far you have read; it never decreases.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) percent: i32,
    /// The total time that you have spent on the lesson. It never decreases, and grows by no
    /// more than the time since your last report, of whatever lesson and device, and by no more than
    /// 30 minutes: whoever reads reports more often, and what is open side by side counts once.
    #[schema(minimum = 0, maximum = 100000000)]
    pub(crate) seconds: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadYourWrites {
    /// The `Progress-Version` of an earlier response: what is read is at least as new.
    #[param(minimum = 0, maximum = 1000000000000i64, required = false)]
    #[serde(default)]
    pub(crate) at_least: Option<i64>,
}
