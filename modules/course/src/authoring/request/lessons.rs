//! The requests that create, change, and order lessons.

use contracts::course::CompletionRule;
use kernel::{LessonId, SectionId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::set;
use crate::domain::{CodeSample, LessonBody, schema};
use crate::markdown::{self, Texts};

/// A new lesson, after the others of its section.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "section_id": "01940000-0000-7000-8000-000000000002",
    "title": "Structs and methods",
    "minutes": 40,
    "completion": "read",
    "objectives": ["Define a struct and its methods"],
    "content": "## What a struct is\n\nA struct groups named fields into one value.",
}))]
pub(crate) struct CreateLesson {
    /// Its section.
    pub(crate) section_id: SectionId,
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    title: String,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 600)]
    minutes: i32,
    /// When it is complete.
    completion: CompletionRule,
    /// What learners can do after it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    objectives: Vec<String>,
    /// What to remember.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    key_points: Vec<String>,
    /// Sample programs.
    #[serde(default)]
    #[schema(max_items = 20)]
    code_samples: Vec<CodeSample>,
    /// The text, in Markdown.
    #[serde(default)]
    #[schema(max_length = 100000)]
    content: String,
}

impl CreateLesson {
    pub(crate) fn markdown(&self) -> Texts {
        markdown::of_text("/content", Some(&self.content))
    }

    pub(crate) fn into_parts(self) -> (SectionId, LessonBody) {
        let body = LessonBody {
            title: self.title,
            minutes: self.minutes,
            completion: self.completion,
            objectives: self.objectives,
            key_points: self.key_points,
            code_samples: self.code_samples,
            content: self.content,
        };
        (self.section_id, body)
    }
}

/// A change of a lesson; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "minutes": 35 }))]
#[schema(as = UpdateLesson)]
pub(crate) struct ChangeLesson {
    /// Its section; a lesson that moves comes after the others there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) section_id: Option<SectionId>,
    /// Its title.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, format = "line")]
    title: Option<String>,
    /// How long it takes, in minutes.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 600)]
    minutes: Option<i32>,
    /// When it is complete.
    #[serde(default)]
    #[schema(nullable = false)]
    completion: Option<CompletionRule>,
    /// What learners can do after it; replaces all of it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    objectives: Option<Vec<String>>,
    /// What to remember; replaces all of it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    key_points: Option<Vec<String>>,
    /// Sample programs; replaces all of them.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    code_samples: Option<Vec<CodeSample>>,
    /// The text, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, max_length = 100000)]
    content: Option<String>,
}

impl ChangeLesson {
    pub(crate) fn markdown(&self) -> Texts {
        markdown::of_text("/content", self.content.as_ref())
    }

    pub(crate) fn apply(self, body: &mut LessonBody) {
        set(&mut body.title, self.title);
        set(&mut body.minutes, self.minutes);
        set(&mut body.completion, self.completion);
        set(&mut body.objectives, self.objectives);
        set(&mut body.key_points, self.key_points);
        set(&mut body.code_samples, self.code_samples);
        set(&mut body.content, self.content);
    }
}

/// The order of a course: every section and every lesson, each once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "sections": [{
    "section_id": "01940000-0000-7000-8000-000000000002",
    "lessons": [
        "01940000-0000-7000-8000-000000000101",
        "01940000-0000-7000-8000-000000000102",
        "01940000-0000-7000-8000-000000000103",
        "01940000-0000-7000-8000-000000000104",
        "01940000-0000-7000-8000-000000000105",
    ],
}] }))]
#[schema(as = ReorderLessons)]
pub(crate) struct OrderLessons {
    /// The sections in order.
    #[schema(max_items = 100)]
    pub(crate) sections: Vec<OrderedSection>,
}

/// A section with its lessons in order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderedSection {
    /// The section.
    pub(crate) section_id: SectionId,
    /// Its lessons.
    #[schema(max_items = 500)]
    pub(crate) lessons: Vec<LessonId>,
}
