//! The requests about the overview.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Days {
    /// The first day; without it, 29 days before the last.
    #[param(format = Date, required = false)]
    #[serde(default)]
    pub(crate) from: Option<NaiveDate>,
    /// The last day, at most 365 days after the first; without it, today in your time zone.
    #[param(format = Date, required = false)]
    #[serde(default)]
    pub(crate) to: Option<NaiveDate>,
}
