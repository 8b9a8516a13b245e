//! The words that are said of a course as a whole; the API and the storage write them alike.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The difficulty of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Difficulty {
    /// No previous knowledge is required.
    Beginner,
    /// Requires the basics.
    Intermediate,
    /// Requires a good knowledge of the field.
    Advanced,
    /// For users who work in the field.
    Expert,
}

/// Whether the catalogue lists a course.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CourseVisibility)]
pub(crate) enum Visibility {
    /// Everybody can find it.
    #[default]
    Public,
    /// Only those who know its URL can find it.
    Unlisted,
    /// Only those who were invited can find it or enroll, beside its staff and its learners.
    Invite,
}

/// The status of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CourseStatus)]
pub(crate) enum Status {
    /// Never published: only its staff can see it.
    Draft,
    /// Has a version that users read.
    Published,
    /// Has left the catalogue and takes no new learners.
    Archived,
}

/// The role of a staff member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StaffRole {
    /// May do everything with the course.
    Owner,
    /// May change and publish it.
    CoInstructor,
    /// May read its draft and the answers of its learners.
    Assistant,
}
