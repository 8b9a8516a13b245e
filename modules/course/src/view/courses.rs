//! Courses as the API shows them.

use chrono::{DateTime, Utc};
use kernel::{CourseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::content::{Difficulty, StaffRole, Status, Visibility};
use crate::schema;

/// A person who writes a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Author {
    /// The person.
    pub(crate) id: UserId,
    /// Their name; absent when it is not known now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) display_name: Option<String>,
}

/// A course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseDetail {
    /// The course.
    pub(crate) id: CourseId,
    /// Its word in addresses.
    #[schema(max_length = 80)]
    pub(crate) slug: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What it is about, in one or two sentences.
    #[schema(max_length = 300)]
    pub(crate) summary: String,
    /// What it is about, in Markdown.
    #[schema(max_length = 20000)]
    pub(crate) description: String,
    /// How much it asks.
    pub(crate) difficulty: Difficulty,
    /// The shelf that it stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 60)]
    pub(crate) category: Option<String>,
    /// Words to find it by.
    #[schema(schema_with = schema::tags)]
    pub(crate) tags: Vec<String>,
    /// Whether the catalogue lists it.
    pub(crate) visibility: Visibility,
    /// Where it stands in its life.
    pub(crate) status: Status,
    /// The newest published version; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) published_version: Option<i64>,
    /// The published version that is shown here; absent when it is the draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) shown_version: Option<i64>,
    /// Who writes it.
    #[schema(max_items = 100)]
    pub(crate) authors: Vec<Author>,
    /// Counts the changes of the course; its ETag.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// When it came into being.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was changed last.
    pub(crate) updated_at: DateTime<Utc>,
}

/// A course in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseSummary {
    /// The course.
    pub(crate) id: CourseId,
    /// Its word in addresses.
    #[schema(max_length = 80)]
    pub(crate) slug: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What it is about.
    #[schema(max_length = 300)]
    pub(crate) summary: String,
    /// How much it asks.
    pub(crate) difficulty: Difficulty,
    /// The shelf that it stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 60)]
    pub(crate) category: Option<String>,
    /// Words to find it by.
    #[schema(schema_with = schema::tags)]
    pub(crate) tags: Vec<String>,
    /// Where it stands in its life.
    pub(crate) status: Status,
    /// The newest published version; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) published_version: Option<i64>,
    /// When that version was published; absent in the list of one's own courses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) published_at: Option<DateTime<Utc>>,
    /// Who writes it.
    #[schema(max_items = 100)]
    pub(crate) authors: Vec<Author>,
}

/// A person's part in a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StaffView {
    /// The person.
    pub(crate) user_id: UserId,
    /// Their name; absent when it is not known now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) display_name: Option<String>,
    /// What they do.
    pub(crate) role: StaffRole,
    /// Since when.
    pub(crate) since: DateTime<Utc>,
}

/// A word and how many courses of the catalogue have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct NamedCount {
    /// The word.
    #[schema(max_length = 60)]
    pub(crate) name: String,
    /// The number of courses.
    #[schema(minimum = 1)]
    pub(crate) courses: i64,
}
