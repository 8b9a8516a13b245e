//! Courses and their staff.

use chrono::{DateTime, Utc};
use kernel::{CourseId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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

/// A course that has to be completed before another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CoursePrerequisite)]
pub(crate) struct Prerequisite {
    /// The course.
    pub(crate) course_id: CourseId,
    /// Its slug, which stands in URLs.
    #[schema(max_length = 80)]
    pub(crate) slug: String,
    /// Its title, as it is published.
    #[schema(max_length = 200)]
    pub(crate) title: String,
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
    /// What it is about, in Markdown; absent when HTML was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) description: Option<String>,
    /// The same as sanitized HTML; only when it was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000000)]
    pub(crate) description_html: Option<String>,
    /// How difficult the course is.
    pub(crate) difficulty: Difficulty,
    /// The language in which it is written, as a BCP 47 tag.
    #[schema(max_length = 35)]
    pub(crate) language: String,
    /// The names of those whom the course credits, who need not have an account.
    #[schema(schema_with = schema::names)]
    pub(crate) author_names: Vec<String>,
    /// The license of its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub(crate) license: Option<String>,
    /// How long its lessons take together, in minutes.
    #[schema(minimum = 0, maximum = 300000)]
    pub(crate) duration_minutes: i32,
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
    /// Who can find it.
    pub(crate) visibility: Visibility,
    /// The courses that have to be completed before one enrolls.
    #[schema(max_items = 20)]
    pub(crate) prerequisites: Vec<Prerequisite>,
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
    /// The accounts of those who write it.
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

/// What became of changes of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseBatchResult {
    /// The new version of the course; its ETag.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// One for each change, in their order.
    #[schema(max_items = 100)]
    pub(crate) results: Vec<DraftChangeResult>,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DraftChangeResult {
    /// The section, lesson, or exercise that was created, changed, or deleted.
    pub(crate) id: Uuid,
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
    /// Whether they have accepted the role, by sending it for themselves, or an administrator has given it to them. Until then, they have its rights, but are not
    /// shown as an author, and do not count as an owner whom the course keeps.
    pub(crate) accepted: bool,
    /// When they joined the staff.
    pub(crate) since: DateTime<Utc>,
}

impl CourseDetail {
    /// The draft.
    pub(crate) fn new(
        course: CourseRecord,
        authors: Vec<Author>,
        minutes: i32,
        prerequisites: Vec<Prerequisite>,
    ) -> Self {
        let body = course.body;
        Self {
            id: course.id,
            slug: course.slug,
            title: body.title,
            summary: body.summary,
            description: Some(body.description),
            description_html: None,
            difficulty: body.difficulty,
            language: body.language,
            author_names: body.author_names,
            license: body.license,
            duration_minutes: minutes,
            category: body.category,
            cover: body.cover,
            tags: body.tags,
            visibility: body.visibility,
            prerequisites,
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
