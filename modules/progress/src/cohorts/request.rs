//! What is asked of cohorts.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

/// A new cohort of a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Autumn 2026", "starts_on": "2026-09-01", "ends_on": "2026-12-18" }))]
pub(crate) struct CreateCohort {
    #[schema(min_length = 1, max_length = 100, format = "line")]
    pub(crate) name: String,
    /// The first day.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) starts_on: Option<NaiveDate>,
    /// The last day.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) ends_on: Option<NaiveDate>,
}

/// What changes of a cohort; what is absent stays, and null clears a day.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Winter 2026", "ends_on": null }))]
pub(crate) struct UpdateCohort {
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 100, format = "line")]
    pub(crate) name: Option<String>,
    /// The first day.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub(crate) starts_on: Option<Option<NaiveDate>>,
    /// The last day.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub(crate) ends_on: Option<Option<NaiveDate>>,
}

/// Learners to add to a cohort and to remove from it, at most 100 together.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "add": ["learner", "nobody@example.org"], "remove": [] }))]
pub(crate) struct ChangeMembers {
    /// Learners of the course by user id, username, or verified email address.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    #[schema(min_length = 1, max_length = 320)]
    pub(crate) add: Vec<String>,
    /// Members of the cohort, named in the same ways.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    #[schema(min_length = 1, max_length = 320)]
    pub(crate) remove: Vec<String>,
}
