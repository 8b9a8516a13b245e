//! Courses, tags and categories in lists.

use chrono::{DateTime, Utc};
use kernel::CourseId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::listings::CatalogueRecord;
use crate::authoring::{Author, CourseRecord};
use crate::domain::{Difficulty, Status, schema};

/// A course in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseSummary {
    /// The course.
    pub(crate) id: CourseId,
    /// Its slug, which stands in URLs.
    #[schema(max_length = 80)]
    pub(crate) slug: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What it is about.
    #[schema(max_length = 300)]
    pub(crate) summary: String,
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
    /// Its status: draft, published, or archived.
    pub(crate) status: Status,
    /// The newest published version; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) published_version: Option<i64>,
    /// When that version was published; absent in the list of one's own courses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) published_at: Option<DateTime<Utc>>,
    /// The accounts of those who write it, the first 50 of them.
    #[schema(max_items = 50)]
    pub(crate) authors: Vec<Author>,
    /// Its title and summary with what was looked for; absent where they have nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) highlights: Option<Highlights>,
}

/// The texts of a course that have what was looked for, as HTML with `<mark>` around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Highlights {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1150)]
    pub(crate) title: Option<String>,
    /// The summary, or 160 characters of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 950)]
    pub(crate) summary: Option<String>,
}

/// How many of the courses that were found have each difficulty, language, category and tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseFacets {
    /// The difficulties.
    #[schema(max_items = 4)]
    pub(crate) difficulties: Vec<NamedCount>,
    /// The most common languages.
    #[schema(max_items = 20)]
    pub(crate) languages: Vec<NamedCount>,
    /// The most common categories.
    #[schema(max_items = 20)]
    pub(crate) categories: Vec<NamedCount>,
    /// The most common tags.
    #[schema(max_items = 20)]
    pub(crate) tags: Vec<NamedCount>,
}

/// A word such as a tag or category, and how many courses of the catalogue have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = WordCount)]
pub(crate) struct NamedCount {
    /// The word.
    #[schema(max_length = 60)]
    pub(crate) name: String,
    /// The number of courses.
    #[schema(minimum = 1)]
    pub(crate) courses: i64,
}

impl From<CatalogueRecord> for CourseSummary {
    fn from(course: CatalogueRecord) -> Self {
        Self {
            id: course.course_id,
            slug: course.slug,
            title: course.title,
            summary: course.summary,
            difficulty: course.difficulty,
            language: course.language,
            author_names: course.author_names,
            license: course.license,
            duration_minutes: course.duration_minutes,
            category: course.category,
            cover: course.cover,
            tags: course.tags,
            status: Status::Published,
            published_version: Some(course.number),
            published_at: Some(course.published_at),
            authors: Vec::new(),
            highlights: None,
        }
    }
}

impl From<CourseRecord> for CourseSummary {
    fn from(course: CourseRecord) -> Self {
        Self {
            id: course.id,
            slug: course.slug,
            title: course.body.title,
            summary: course.body.summary,
            difficulty: course.body.difficulty,
            language: course.body.language,
            author_names: course.body.author_names,
            license: course.body.license,
            duration_minutes: 0,
            category: course.body.category,
            cover: course.body.cover,
            tags: course.body.tags,
            status: course.status,
            published_version: Some(course.published_version).filter(|number| *number > 0),
            published_at: None,
            authors: Vec::new(),
            highlights: None,
        }
    }
}
