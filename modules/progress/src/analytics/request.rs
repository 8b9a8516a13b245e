//! What is asked of analytics.

use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AnalyticsFilter {
    /// The version whose learners are counted; without it, the newest one.
    #[param(minimum = 1, maximum = 1000000, required = false)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
}
