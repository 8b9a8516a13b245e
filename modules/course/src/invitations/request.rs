//! What is asked of invitations.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

/// A new invitation to a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Autumn class", "max_uses": 30 }))]
pub(crate) struct CreateCourseInvitation {
    /// What it is for, for the staff.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub(crate) name: String,
    /// How many people it lets in; absent when there is no limit.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100000)]
    pub(crate) max_uses: Option<i32>,
    /// Until when it lets people in, within a year; absent when it does not expire.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
}
