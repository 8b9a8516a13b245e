//! Courses and their staff.

use chrono::{DateTime, Utc};
use kernel::{CourseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::authoring::store::CourseRecord;
use crate::domain::{Difficulty, StaffRole, Status, Visibility, schema};

/// An author of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Author {
    /// The user.
    pub(crate) id: UserId,
    /// Their display name; absent when it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) display_name: Option<String>,
}

/// A course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseDetail {
    /// The course.
    pub(crate) id: CourseId,
    /// Its slug, which stands in URLs.
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
    /// How difficult the course is.
    pub(crate) difficulty: Difficulty,
    /// Its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 60)]
    pub(crate) category: Option<String>,
    /// The name of the asset that is its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub(crate) cover: Option<String>,
    /// Its tags.
    #[schema(schema_with = schema::tags)]
    pub(crate) tags: Vec<String>,
    /// Whether the catalogue lists it.
    pub(crate) visibility: Visibility,
    /// The percentage of its points that an exercise without a limit of attempts gives after the first attempt.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) retry_percent: i32,
    /// Its status: draft, published, or archived.
    pub(crate) status: Status,
    /// The newest published version; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) published_version: Option<i64>,
    /// The published version that is shown here; absent when it is the draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) shown_version: Option<i64>,
    /// Its authors.
    #[schema(max_items = 100)]
    pub(crate) authors: Vec<Author>,
    /// The number of changes of the course; its ETag.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// When it was created.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last changed.
    pub(crate) updated_at: DateTime<Utc>,
}

/// The role of a staff member of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StaffMember)]
pub(crate) struct StaffView {
    /// The user.
    pub(crate) user_id: UserId,
    /// Their display name; absent when it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) display_name: Option<String>,
    /// Their role.
    pub(crate) role: StaffRole,
    /// When they joined the staff.
    pub(crate) since: DateTime<Utc>,
}

impl CourseDetail {
    /// The draft.
    pub(crate) fn new(course: CourseRecord, authors: Vec<Author>) -> Self {
        let body = course.body;
        Self {
            id: course.id,
            slug: course.slug,
            title: body.title,
            summary: body.summary,
            description: body.description,
            difficulty: body.difficulty,
            category: body.category,
            cover: body.cover,
            tags: body.tags,
            visibility: body.visibility,
            retry_percent: body.retry_percent,
            status: course.status,
            published_version: Some(course.published_version).filter(|number| *number > 0),
            shown_version: None,
            authors,
            version: course.version,
            created_at: course.created_at,
            updated_at: course.updated_at,
        }
    }
}
