//! What is asked of streaks.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

/// The days of a vacation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "from": "2027-07-01", "to": "2027-07-14" }))]
pub(crate) struct CreateVacation {
    /// Its first day, in whatever time zone you are then.
    pub(crate) from: NaiveDate,
    /// Its last day.
    pub(crate) to: NaiveDate,
}
