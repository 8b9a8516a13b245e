//! The requests that create and change courses.

use contracts::course_ref::CourseRef;
use serde::Deserialize;
use utoipa::ToSchema;

use super::set;
use crate::domain::{CourseBody, Difficulty, StaffRole, Visibility, content, language, schema};
use crate::markdown::{self, Texts};

/// A new course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Testing in Go",
    "summary": "Write tests that tell what broke.",
    "difficulty": "intermediate",
    "language": "en",
    "license": "CC-BY-4.0",
    "category": "Programming",
    "tags": ["go", "testing"],
}))]
pub(crate) struct CreateCourse {
    /// Its slug, which stands in URLs; made from the title when absent.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
    )]
    slug: Option<String>,
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    title: String,
    /// What it is about, in one or two sentences.
    #[serde(default)]
    #[schema(max_length = 300)]
    summary: String,
    /// What it is about, in Markdown.
    #[serde(default)]
    #[schema(max_length = 20000)]
    description: String,
    /// How difficult the course is.
    difficulty: Difficulty,
    /// The language in which it is written, as a BCP 47 tag.
    #[serde(default = "language::english")]
    #[schema(
        min_length = 2,
        max_length = 35,
        pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        default = "en"
    )]
    language: String,
    /// The names of those whom the course credits, in this order; they need no account.
    #[serde(default)]
    #[schema(schema_with = schema::names, required = false)]
    author_names: Vec<String>,
    /// The license of its texts: an SPDX expression such as `CC-BY-4.0`, `CC-BY-SA-4.0`, `CC0-1.0`, or `MIT`, or words
    /// such as `All rights reserved`.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 100, format = "line")]
    license: Option<String>,
    /// Its category.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 60, format = "line")]
    category: Option<String>,
    /// The name of the asset that is its picture; has to be there when it is published.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
    )]
    cover: Option<String>,
    /// Its tags.
    #[serde(default)]
    #[schema(schema_with = schema::tags, required = false)]
    tags: Vec<String>,
    /// Who can find it: everybody (`public`), those who know its URL (`unlisted`), or those who were invited (`invite`).
    #[serde(default)]
    visibility: Visibility,
    /// The courses that have to be completed before one enrolls in this one, by their ids or slugs. They have to be
    /// published.
    #[serde(default)]
    #[schema(schema_with = schema::courses, required = false)]
    prerequisites: Vec<CourseRef>,
    /// The percentage of its points that an exercise without a limit of attempts gives after the first attempt.
    #[serde(default = "content::retry_percent")]
    #[schema(minimum = 0, maximum = 100, default = 50)]
    retry_percent: i32,
}

impl CreateCourse {
    pub(crate) fn markdown(&self) -> Texts {
        markdown::of_text("/description", Some(&self.description))
    }

    /// The requested slug, what is named as prerequisites, and the draft without them.
    pub(crate) fn into_parts(self) -> (Option<String>, Vec<CourseRef>, CourseBody) {
        let body = CourseBody {
            title: self.title,
            summary: self.summary,
            description: self.description,
            difficulty: self.difficulty,
            language: self.language,
            author_names: self.author_names,
            license: self.license,
            category: self.category,
            cover: self.cover,
            tags: self.tags,
            visibility: self.visibility,
            prerequisites: Vec::new(),
            retry_percent: self.retry_percent,
        };
        (self.slug, self.prerequisites, body)
    }
}

/// A change of a course; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "summary": "Learn Go from the first line of code." }))]
#[schema(as = UpdateCourse)]
pub(crate) struct ChangeCourse {
    /// Its slug, which stands in URLs; takes effect at once.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
    )]
    slug: Option<String>,
    /// Its title.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, format = "line")]
    title: Option<String>,
    /// What it is about, in one or two sentences.
    #[serde(default)]
    #[schema(nullable = false, max_length = 300)]
    summary: Option<String>,
    /// What it is about, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, max_length = 20000)]
    description: Option<String>,
    /// How difficult the course is.
    #[serde(default)]
    #[schema(nullable = false)]
    difficulty: Option<Difficulty>,
    /// The language in which it is written, as a BCP 47 tag.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 2,
        max_length = 35,
        pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
    )]
    language: Option<String>,
    /// The names of those whom the course credits; replaces all of them.
    #[serde(default)]
    #[schema(schema_with = schema::names, required = false)]
    author_names: Option<Vec<String>>,
    /// The license of its texts, such as `CC-BY-4.0`; null removes it.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, format = "line")]
    license: Option<Option<String>>,
    /// Its category; null removes it.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60, format = "line")]
    category: Option<Option<String>>,
    /// The name of the asset that is its picture; has to be there when it is published. Null removes it.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$")]
    cover: Option<Option<String>>,
    /// Its tags; replaces all of them.
    #[serde(default)]
    #[schema(schema_with = schema::tags, required = false)]
    tags: Option<Vec<String>>,
    /// Who can find it; takes effect when it is published.
    #[serde(default)]
    #[schema(nullable = false)]
    visibility: Option<Visibility>,
    /// The courses that have to be completed before one enrolls in this one, by their ids or slugs; replaces all of
    /// them, and takes effect when the course is published.
    #[serde(default)]
    #[schema(schema_with = schema::courses, required = false)]
    pub(crate) prerequisites: Option<Vec<CourseRef>>,
    /// The percentage of its points that an exercise without a limit of attempts gives after the first attempt;
    /// takes effect when the course is published.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    retry_percent: Option<i32>,
}

impl ChangeCourse {
    pub(crate) fn markdown(&self) -> Texts {
        markdown::of_text("/description", self.description.as_ref())
    }

    /// Changes `body`, but for its prerequisites, and returns the requested slug.
    pub(crate) fn apply(self, body: &mut CourseBody) -> Option<String> {
        set(&mut body.title, self.title);
        set(&mut body.summary, self.summary);
        set(&mut body.description, self.description);
        set(&mut body.difficulty, self.difficulty);
        set(&mut body.language, self.language);
        set(&mut body.author_names, self.author_names);
        set(&mut body.license, self.license);
        set(&mut body.category, self.category);
        set(&mut body.cover, self.cover);
        set(&mut body.tags, self.tags);
        set(&mut body.visibility, self.visibility);
        set(&mut body.retry_percent, self.retry_percent);
        self.slug
    }
}

/// The role of a staff member of a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "role": "assistant" }))]
#[schema(as = ReplaceStaffMember)]
pub(crate) struct PutStaff {
    /// Their role.
    pub(crate) role: StaffRole,
}
